// Checks AWS Signature Version 4 as S3 does, in the query (presigned URLs) and in
// the Authorization header, for one set of credentials.
// https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { notImplemented, S3Error } from './error.ts';
import { encode, type S3Request } from './request.ts';

export interface Credentials {
  accessKeyId: string;
  secretAccessKey: string;
}

/** What the signature says of the body: a SHA-256 in hex, or nothing. */
export const UNSIGNED_PAYLOAD = 'UNSIGNED-PAYLOAD';

const ALGORITHM = 'AWS4-HMAC-SHA256';
/** How far a signer's clock may differ from ours. The same as S3's. */
const CLOCK_SKEW_MS = 15 * 60_000;
/** A week, the most that S3 takes. */
const LONGEST_EXPIRY_SECONDS = 604_800;

interface Signed {
  credential: string;
  signedHeaders: string;
  signature: string;
  /** `20261122T101500Z`. */
  date: string;
  payloadHash: string;
  /** Null for a signature in the header, which counts as long as its date is close to ours. */
  expiresSeconds: number | null;
}

/** What the signer vouches for besides method, path and query. */
export interface Vouched {
  /** The SHA-256 that the body must have, in hex, or UNSIGNED_PAYLOAD. */
  payloadHash: string;
  signedHeaders: readonly string[];
}

/**
 * Checks that the request is signed by these credentials, at a time that counts now. Throws S3Error
 * otherwise. Method, path, the whole query, the host and every `x-amz-*` header are always signed; other
 * headers where the signer chose so.
 */
export function verifySignature(request: S3Request, credentials: Credentials, now: Date): Vouched {
  const byQuery = request.query.has('X-Amz-Algorithm') || request.query.has('X-Amz-Signature');
  const byHeader = request.headers.has('authorization');
  if (byQuery && byHeader) throw new S3Error(400, 'InvalidArgument', 'Only one way of signing is allowed.');
  if (!byQuery && !byHeader) throw new S3Error(403, 'AccessDenied', 'The request is not signed.');
  const signed = byQuery ? signedByQuery(request) : signedByHeader(request);
  const scope = scopeOf(signed, credentials);
  checkTime(signed, now);
  const names = signedNames(request, signed);

  const canonical = canonicalRequest(request, names, signed.payloadHash);
  const text = [ALGORITHM, signed.date, scope.join('/'), sha256(canonical)].join('\n');
  const key = scope.reduce<string | Buffer>(hmac, `AWS4${credentials.secretAccessKey}`);
  const expected = hmac(key, text);
  const given = Buffer.from(signed.signature, 'hex');
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) throw mismatch();
  if (/^STREAMING-/.test(signed.payloadHash)) throw notImplemented('bodies in signed chunks');
  if (signed.payloadHash !== UNSIGNED_PAYLOAD && !/^[0-9a-f]{64}$/.test(signed.payloadHash)) {
    throw new S3Error(400, 'InvalidArgument', 'x-amz-content-sha256 is not a SHA-256 in lower-case hex.');
  }
  return { payloadHash: signed.payloadHash, signedHeaders: names };
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();
const mismatch = () =>
  new S3Error(403, 'SignatureDoesNotMatch', 'The signature is not the one that this request should have.');

function signedByQuery({ query, headers }: S3Request): Signed {
  const wrong = (what: string) => new S3Error(400, 'AuthorizationQueryParametersError', what);
  const given = (name: string) => {
    const value = query.get(name);
    if (value === undefined) throw wrong(`The query has no ${name}.`);
    return value;
  };
  if (given('X-Amz-Algorithm') !== ALGORITHM) throw wrong(`X-Amz-Algorithm is not ${ALGORITHM}.`);
  const expires = given('X-Amz-Expires');
  if (!/^\d{1,6}$/.test(expires) || Number(expires) < 1 || Number(expires) > LONGEST_EXPIRY_SECONDS) {
    throw wrong(`X-Amz-Expires is not a number of seconds from 1 to ${LONGEST_EXPIRY_SECONDS}.`);
  }
  const inQuery = query.get('X-Amz-Content-Sha256');
  const inHeader = headers.get('x-amz-content-sha256');
  if (inQuery !== undefined && inHeader !== undefined && inQuery !== inHeader) {
    throw wrong('The query and the headers name two hashes of the body.');
  }
  return {
    credential: given('X-Amz-Credential'),
    signedHeaders: given('X-Amz-SignedHeaders'),
    signature: given('X-Amz-Signature'),
    date: given('X-Amz-Date'),
    payloadHash: inQuery ?? inHeader ?? UNSIGNED_PAYLOAD,
    expiresSeconds: Number(expires),
  };
}

const AUTHORIZATION =
  /^AWS4-HMAC-SHA256 Credential=([^\s,]+), ?SignedHeaders=([^\s,]+), ?Signature=([0-9a-f]{64})$/;

function signedByHeader({ headers }: S3Request): Signed {
  const parts = headers.get('authorization')?.match(AUTHORIZATION);
  if (!parts) {
    throw new S3Error(
      400,
      'AuthorizationHeaderMalformed',
      `The Authorization header is not one of ${ALGORITHM}.`,
    );
  }
  const payloadHash = headers.get('x-amz-content-sha256');
  const date = headers.get('x-amz-date');
  if (payloadHash === undefined || date === undefined) {
    throw new S3Error(400, 'MissingSecurityHeader', 'x-amz-content-sha256 or x-amz-date is missing.');
  }
  const [, credential = '', signedHeaders = '', signature = ''] = parts;
  return { credential, signedHeaders, signature, date, payloadHash, expiresSeconds: null };
}

/** Day, region, service and terminator of the credential. Any region will do: the store has none. */
function scopeOf({ credential, date }: Signed, { accessKeyId }: Credentials): string[] {
  const [id, ...scope] = credential.split('/');
  if (id !== accessKeyId) throw new S3Error(403, 'InvalidAccessKeyId', 'The access key is not known.');
  const [day, region, service, terminator] = scope;
  const isScope = day === date.slice(0, 8) && region && service === 's3' && terminator === 'aws4_request';
  if (!isScope || scope.length !== 4) {
    throw new S3Error(
      400,
      'AuthorizationHeaderMalformed',
      'The credential is not <key>/<day>/<region>/s3/aws4_request.',
    );
  }
  return scope;
}

function checkTime({ date, expiresSeconds }: Signed, now: Date): void {
  const parts = date.match(/^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/);
  const signedAt = parts
    ? Date.parse(date.replace(/^(....)(..)(..)T(..)(..)(..)Z$/, '$1-$2-$3T$4:$5:$6Z'))
    : Number.NaN;
  if (Number.isNaN(signedAt))
    throw new S3Error(403, 'AccessDenied', 'The date of the signature is not a date.');
  const ageMs = now.getTime() - signedAt;
  if (expiresSeconds === null) {
    if (Math.abs(ageMs) > CLOCK_SKEW_MS) {
      throw new S3Error(
        403,
        'RequestTimeTooSkewed',
        'The time of the request differs too much from the time here.',
      );
    }
    return;
  }
  if (ageMs < -CLOCK_SKEW_MS) throw new S3Error(403, 'AccessDenied', 'The request is not valid yet.');
  if (ageMs > expiresSeconds * 1_000) throw new S3Error(403, 'AccessDenied', 'The request has expired.');
}

function signedNames({ headers }: S3Request, { signedHeaders }: Signed): string[] {
  const names = signedHeaders.split(';');
  const isSorted = names.every((name, index) => index === 0 || (names[index - 1] ?? '') < name);
  if (!isSorted || names.some((name) => !headers.has(name))) throw mismatch();
  const mustBeSigned = ['host', ...[...headers.keys()].filter((name) => name.startsWith('x-amz-'))];
  const unsigned = mustBeSigned.filter((name) => !names.includes(name));
  if (unsigned.length > 0) {
    throw new S3Error(
      403,
      'AccessDenied',
      `There were headers that were not signed: ${unsigned.join(', ')}.`,
    );
  }
  return names;
}

function canonicalRequest(request: S3Request, names: string[], payloadHash: string): string {
  const { method, path, query, headers } = request;
  const pairs = [...query]
    .filter(([name]) => name !== 'X-Amz-Signature')
    .map(([name, value]) => [encode(name), encode(value)] as const)
    .sort(([one], [other]) => (one < other ? -1 : 1));
  return [
    method,
    path,
    pairs.map(([name, value]) => `${name}=${value}`).join('&'),
    ...names.map((name) => `${name}:${(headers.get(name) ?? '').replace(/ +/g, ' ')}`),
    '',
    names.join(';'),
    payloadHash,
  ].join('\n');
}
