// Checks AWS Signature Version 4 on a request, as far as S3 clients use it here:
// in the query (presigned URLs) and in the Authorization header.
// https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

export interface Credentials {
  accessKeyId: string;
  secretAccessKey: string;
}

export type Refusal = 'AccessDenied' | 'SignatureDoesNotMatch' | 'InvalidAccessKeyId';

const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();
const encode = (text: string) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);

interface Signed {
  credential: string;
  signedHeaders: string;
  signature: string;
  date: string;
  payloadHash: string;
  expiresSeconds: number | null;
}

/** Null when the request is signed by these credentials and not expired; else why not. */
export function refusalOf(request: IncomingMessage, credentials: Credentials, now: Date): Refusal | null {
  const [path = '/', search = ''] = (request.url ?? '/').split('?', 2);
  const query = new URLSearchParams(search);
  const signed = signedByQuery(query) ?? signedByHeader(request);
  if (!signed) return 'AccessDenied';
  const [accessKeyId, day, region, service] = signed.credential.split('/');
  if (accessKeyId !== credentials.accessKeyId) return 'InvalidAccessKeyId';
  if (signed.expiresSeconds !== null && now.getTime() > timeOf(signed.date) + signed.expiresSeconds * 1000) {
    return 'AccessDenied';
  }

  query.delete('X-Amz-Signature');
  const canonicalQuery = [...query]
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .sort()
    .join('&');
  const names = signed.signedHeaders.split(';');
  const canonicalHeaders = names.map((name) => `${name}:${headerOf(request, name)}\n`).join('');
  const canonical = [
    request.method,
    path,
    canonicalQuery,
    canonicalHeaders,
    signed.signedHeaders,
    signed.payloadHash,
  ];
  const hash = createHash('sha256').update(canonical.join('\n')).digest('hex');
  const scope = `${day}/${region}/${service}/aws4_request`;
  const text = ['AWS4-HMAC-SHA256', signed.date, scope, hash].join('\n');
  const steps = [day ?? '', region ?? '', service ?? '', 'aws4_request'];
  const key = steps.reduce<string | Buffer>(hmac, `AWS4${credentials.secretAccessKey}`);
  const expected = hmac(key, text);
  const given = Buffer.from(signed.signature, 'hex');
  return given.length === expected.length && timingSafeEqual(given, expected)
    ? null
    : 'SignatureDoesNotMatch';
}

function signedByQuery(query: URLSearchParams): Signed | null {
  const signature = query.get('X-Amz-Signature');
  if (signature === null) return null;
  return {
    signature,
    credential: query.get('X-Amz-Credential') ?? '',
    signedHeaders: query.get('X-Amz-SignedHeaders') ?? '',
    date: query.get('X-Amz-Date') ?? '',
    payloadHash: query.get('X-Amz-Content-Sha256') ?? 'UNSIGNED-PAYLOAD',
    expiresSeconds: Number(query.get('X-Amz-Expires') ?? '0'),
  };
}

function signedByHeader(request: IncomingMessage): Signed | null {
  const header = request.headers.authorization;
  const match = header?.match(
    /^AWS4-HMAC-SHA256 Credential=([^,]+), ?SignedHeaders=([^,]+), ?Signature=(\w+)$/,
  );
  if (!match) return null;
  const [, credential = '', signedHeaders = '', signature = ''] = match;
  return {
    credential,
    signedHeaders,
    signature,
    date: headerOf(request, 'x-amz-date'),
    payloadHash: headerOf(request, 'x-amz-content-sha256'),
    expiresSeconds: null,
  };
}

function headerOf(request: IncomingMessage, name: string): string {
  const value = request.headers[name];
  return (Array.isArray(value) ? value.join(',') : (value ?? '')).trim().replace(/\s+/g, ' ');
}

/** `20261122T101500Z` in ms since 1970. */
function timeOf(date: string): number {
  const parts = date.match(/^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/);
  if (!parts) return 0;
  const [, year, month, day, hour, minute, second] = parts.map(Number);
  return Date.UTC(year ?? 0, (month ?? 1) - 1, day, hour, minute, second);
}
