// Static files. Each is kept in memory once, with its compressed forms, and all responses
// share those bytes: slow readers do not cost memory, however many they are.
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import type { Handler } from 'hono';
import type { ApiEnv } from './context.ts';

type Bytes = Uint8Array<ArrayBuffer>;

/** In order of preference. Brotli at quality 5: the highest ones take seconds for a large script. */
const ENCODINGS: Record<'br' | 'gzip', (content: Bytes) => Promise<Bytes>> = {
  br: (content) => promisify(brotliCompress)(content, { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } }),
  gzip: (content) => promisify(gzip)(content),
};
type Encoding = keyof typeof ENCODINGS;

export interface StaticFile {
  content: Bytes;
  type: string;
  /** How long a cache may use the file without revalidation, in seconds. 0: it revalidates each time. */
  maxAgeSeconds: number;
}

/**
 * A handler for GET and HEAD that responds with a file. The first request reads the file, and the first
 * one for each encoding compresses it; both are kept. Responds 304 when `If-None-Match` has the ETag.
 */
export function staticFile(read: () => StaticFile | Promise<StaticFile>): Handler<ApiEnv> {
  const file = once(async () => {
    const { content, type, maxAgeSeconds } = await read();
    const digest = createHash('sha256').update(content).digest('base64url').slice(0, 22);
    const compressed = (encoding: Encoding) => once(() => ENCODINGS[encoding](content));
    return { content, type, maxAgeSeconds, digest, br: compressed('br'), gzip: compressed('gzip') };
  });
  return async (c) => {
    const { content, type, maxAgeSeconds, digest, ...compressed } = await file();
    const encoding = encodingFor(c.req.header('accept-encoding'));
    const etag = `"${digest}${encoding === null ? '' : `-${encoding}`}"`;
    const headers = {
      etag,
      vary: 'accept-encoding',
      'cache-control': maxAgeSeconds > 0 ? `public, max-age=${maxAgeSeconds}` : 'no-cache',
    };
    if (hasMatch(c.req.header('if-none-match'), etag)) return c.body(null, 304, headers);
    const body = encoding === null ? content : await compressed[encoding]();
    return c.body(body, 200, {
      ...headers,
      'content-type': type,
      ...(encoding === null ? {} : { 'content-encoding': encoding }),
    });
  };
}

/** A text as UTF-8. */
export function bytesOf(text: string): Bytes {
  return new TextEncoder().encode(text);
}

/** Runs `work` at the first call and returns the same promise to every caller. After a failure the next call tries again. */
function once<T>(work: () => Promise<T>): () => Promise<T> {
  let done: Promise<T> | undefined;
  return () => {
    done ??= work().catch((error: unknown) => {
      done = undefined;
      throw error;
    });
    return done;
  };
}

function encodingFor(accepted = ''): Encoding | null {
  const names = accepted.split(',').flatMap((part) => {
    const [name = '', ...parameters] = part.split(';').map((it) => it.trim().toLowerCase());
    return parameters.some((it) => /^q=0(\.0*)?$/.test(it)) ? [] : [name];
  });
  return (Object.keys(ENCODINGS) as Encoding[]).find((encoding) => names.includes(encoding)) ?? null;
}

function hasMatch(ifNoneMatch: string | undefined, etag: string): boolean {
  const known = ifNoneMatch?.split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  return known?.some((tag) => tag === etag || tag === '*') ?? false;
}
