// Signatures that Amazon publishes as examples, and what must not pass for one.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { S3Error } from './error.ts';
import { readRequest } from './request.ts';
import { UNSIGNED_PAYLOAD, verifySignature } from './sigv4.ts';

const credentials = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
};
const HOST = 'examplebucket.s3.amazonaws.com';
const EMPTY = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
const at = new Date('2013-05-24T00:00:00Z');
const laterBy = (seconds: number) => new Date(at.getTime() + seconds * 1_000);

interface Given {
  method?: string;
  url: string;
  headers?: Record<string, string>;
}

/** As it comes from the wire; the examples have their bucket in the host's name. */
const read = ({ method = 'GET', url, headers = {} }: Given) =>
  readRequest({ method, url, rawHeaders: Object.entries({ Host: HOST, ...headers }).flat() });

const verify = (given: Given, now = at) => verifySignature(read(given), credentials, now);

/** The code of the refusal; null when there is none. */
function refusal(given: Given, now = at): string | null {
  try {
    verify(given, now);
    return null;
  } catch (error) {
    if (error instanceof S3Error) return error.code;
    throw error;
  }
}

const scope = 'AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request';
const authorization = (signedHeaders: string, signature: string) =>
  `AWS4-HMAC-SHA256 Credential=${scope},SignedHeaders=${signedHeaders},Signature=${signature}`;

// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
const PRESIGNED =
  '/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request' +
  '&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host' +
  '&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404';

// https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
const RANGE: Given = {
  url: '/test.txt',
  headers: {
    Range: 'bytes=0-9',
    'x-amz-content-sha256': EMPTY,
    'x-amz-date': '20130524T000000Z',
    Authorization: authorization(
      'host;range;x-amz-content-sha256;x-amz-date',
      'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
    ),
  },
};
const byHeader = (url: string, signature: string): Given => ({
  url,
  headers: {
    'x-amz-content-sha256': EMPTY,
    'x-amz-date': '20130524T000000Z',
    Authorization: authorization('host;x-amz-content-sha256;x-amz-date', signature),
  },
});

describe('the examples of the vendor', () => {
  it('pass', () => {
    expect(verify({ url: PRESIGNED })).toEqual({ payloadHash: UNSIGNED_PAYLOAD, signedHeaders: ['host'] });
    expect(verify(RANGE).payloadHash).toBe(EMPTY);
    verify(byHeader('/?lifecycle', 'fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543'));
    verify(
      byHeader('/?max-keys=2&prefix=J', '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7'),
    );
    const payload = '44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072';
    const put = verify({
      method: 'PUT',
      url: '/test%24file.text',
      headers: {
        Date: 'Fri, 24 May 2013 00:00:00 GMT',
        'x-amz-date': '20130524T000000Z',
        'x-amz-storage-class': 'REDUCED_REDUNDANCY',
        'x-amz-content-sha256': payload,
        Authorization: authorization(
          'date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class',
          '98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd',
        ),
      },
    });
    expect(put.payloadHash).toBe(payload);
  });

  it('pass in another spelling of the same request', () => {
    expect(refusal({ url: PRESIGNED.replaceAll('%2F', '/') })).toBeNull();
    expect(refusal({ url: PRESIGNED.replace('test', '%74est') })).toBeNull();
    const [path, query = ''] = PRESIGNED.split('?');
    expect(refusal({ url: `${path}?${query.split('&').reverse().join('&')}` })).toBeNull();
  });
});

describe('a presigned URL', () => {
  it.each([
    [86_400, null],
    [86_401, 'AccessDenied'],
    [-900, null],
    [-901, 'AccessDenied'],
  ])('counts from a quarter of an hour before its date until it expires: %i s', (seconds, code) => {
    expect(refusal({ url: PRESIGNED }, laterBy(seconds))).toBe(code);
  });

  const change = (from: string, to: string): Given => ({ url: PRESIGNED.replace(from, to) });
  it.each<[string, Given, string]>([
    ['another path', change('test.txt', 'test.tx'), 'SignatureDoesNotMatch'],
    ['another method', { method: 'PUT', url: PRESIGNED }, 'SignatureDoesNotMatch'],
    ['another host', { url: PRESIGNED, headers: { Host: 'example.org' } }, 'SignatureDoesNotMatch'],
    ['a longer life', change('86400', '86401'), 'SignatureDoesNotMatch'],
    ['a life of more than a week', change('86400', '604801'), 'AuthorizationQueryParametersError'],
    ['no life', change('X-Amz-Expires=86400&', ''), 'AuthorizationQueryParametersError'],
    ['a life that is no number', change('86400', '1e5'), 'AuthorizationQueryParametersError'],
    ['another algorithm', change('HMAC-SHA256', 'HMAC-MD5'), 'AuthorizationQueryParametersError'],
    ['another key', change('AKIA', 'AKIB'), 'InvalidAccessKeyId'],
    ['another service', change('%2Fs3%2F', '%2Fsts%2F'), 'AuthorizationHeaderMalformed'],
    ['another day', change('%2F20130524%2F', '%2F20130525%2F'), 'AuthorizationHeaderMalformed'],
    ['no date', change('20130524T000000Z', '20130524T990000Z'), 'AccessDenied'],
    [
      'nothing signed, not even the host',
      change('SignedHeaders=host', 'SignedHeaders='),
      'SignatureDoesNotMatch',
    ],
    ['a header that is not there', change('=host', '=content-type%3Bhost'), 'SignatureDoesNotMatch'],
    ['the host left out', { ...change('=host', '=range'), headers: { Range: 'bytes=0-1' } }, 'AccessDenied'],
    ['a parameter more', { url: `${PRESIGNED}&partNumber=2` }, 'SignatureDoesNotMatch'],
    ['a parameter twice', { url: `${PRESIGNED}&X-Amz-Expires=86400` }, 'InvalidRequest'],
    ['a second question mark', { url: `${PRESIGNED}?partNumber=2` }, 'InvalidRequest'],
    ['a blank as a plus', { url: `${PRESIGNED}&a=+` }, 'InvalidRequest'],
    ['a semicolon', { url: `${PRESIGNED};a=b` }, 'InvalidRequest'],
    ['an encoding that is none', { url: `${PRESIGNED}&a=%zz` }, 'InvalidURI'],
    ['half a character', { url: `${PRESIGNED}&a=%c3` }, 'InvalidURI'],
    ['a whole URL as its target', { url: `http://${HOST}${PRESIGNED}` }, 'InvalidRequest'],
    ['a shorter signature', { url: PRESIGNED.slice(0, -2) }, 'SignatureDoesNotMatch'],
    [
      'no signature',
      { url: PRESIGNED.replace(/&X-Amz-Signature.*/, '') },
      'AuthorizationQueryParametersError',
    ],
    [
      'an unsigned x-amz header',
      { url: PRESIGNED, headers: { 'x-amz-copy-source': '/b/k' } },
      'AccessDenied',
    ],
    ['the same in capitals', { url: PRESIGNED, headers: { 'X-AMZ-Copy-Source': '/b/k' } }, 'AccessDenied'],
    ['an unsigned hash', { url: PRESIGNED, headers: { 'x-amz-content-sha256': EMPTY } }, 'AccessDenied'],
    ['a second way of signing', { ...RANGE, url: PRESIGNED }, 'InvalidArgument'],
  ])('does not count with %s', (_what, given, code) => {
    expect(refusal(given)).toBe(code);
  });

  it('does not count with any one character of it changed', () => {
    const character = fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code));
    fc.assert(
      fc.property(fc.nat(PRESIGNED.length - 1), character, (index, other) => {
        const url = PRESIGNED.slice(0, index) + other + PRESIGNED.slice(index + 1);
        // The same request: nothing changed, or a hex digit of the signature or of an encoding in capitals.
        fc.pre(url.toLowerCase() !== PRESIGNED.toLowerCase());
        expect(refusal({ url })).not.toBeNull();
      }),
      { numRuns: 500 },
    );
  });
});

describe('a signature in the header', () => {
  const given = (headers: Record<string, string>): Given => ({
    ...RANGE,
    headers: { ...RANGE.headers, ...headers },
  });
  const { Authorization = '' } = RANGE.headers ?? {};

  it.each([
    [900, null],
    [901, 'RequestTimeTooSkewed'],
    [-901, 'RequestTimeTooSkewed'],
  ])('counts for a quarter of an hour before and after: %i s', (seconds, code) => {
    expect(refusal(RANGE, laterBy(seconds))).toBe(code);
  });

  it.each<[string, Given, string]>([
    ['another signed header', given({ Range: 'bytes=0-10' }), 'SignatureDoesNotMatch'],
    ['an unsigned x-amz header', given({ 'x-amz-acl': 'public-read' }), 'AccessDenied'],
    [
      'another hash of the body',
      given({ 'x-amz-content-sha256': UNSIGNED_PAYLOAD }),
      'SignatureDoesNotMatch',
    ],
    ['another scheme', given({ Authorization: 'Basic x' }), 'AuthorizationHeaderMalformed'],
    ['something behind it', given({ Authorization: `${Authorization},x` }), 'AuthorizationHeaderMalformed'],
    [
      'headers out of order',
      given({ Authorization: Authorization.replace('host;range', 'range;host') }),
      'SignatureDoesNotMatch',
    ],
    ['no hash', { ...RANGE, headers: { Authorization } }, 'MissingSecurityHeader'],
  ])('does not count with %s', (_what, changed, code) => {
    expect(refusal(changed)).toBe(code);
  });
});

it('does not count without a signature', () => {
  expect(refusal({ url: '/test.txt' })).toBe('AccessDenied');
});

it('reads an important header once only', () => {
  const rawHeaders = ['Host', HOST, 'host', 'example.org'];
  expect(() => readRequest({ method: 'GET', url: '/test.txt', rawHeaders })).toThrow(
    'The header host comes twice.',
  );
});

it.each([
  '/b/..',
  '/b/../c',
  '/b/%2e%2e/c',
  '/b/a//c',
  '/b//',
  '/b/a%00b',
  '/b/a%0ab',
  '/b/./a',
  `/b/${'a'.repeat(1_025)}`,
])('takes no key that is no path: %s', (url) => {
  expect(() => readRequest({ method: 'GET', url: url.replace('/b', '/bucket'), rawHeaders: [] })).toThrow(
    S3Error,
  );
});
