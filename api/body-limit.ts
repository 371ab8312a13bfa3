// How large a body may be. One that is larger gets its 413 also while it is
// still being sent: the rest is read and thrown away, since a client whose
// connection is closed on it mid-sentence sees a broken pipe instead of an answer.
import { createMiddleware } from 'hono/factory';
import type { ApiEnv } from './context.ts';
import { Problem } from './problem.ts';

/** No more than this is thrown away, and for no longer; then the connection is closed all the same. */
const DISCARD_MAX_BYTES = 64 * 1024 * 1024;
const DISCARD_MAX_MS = 5_000;

type Body = ReadableStreamDefaultReader<Uint8Array>;

/** Refuses bodies of more than `maxSize` bytes, whether they say their length or come in chunks. */
export function limitBody(maxSize: number) {
  return createMiddleware<ApiEnv>(async (c, next) => {
    const { body, headers } = c.req.raw;
    if (!body) return next();
    const encoding = headers.get('content-encoding') ?? 'identity';
    // Unpacked, a small body may be larger than any limit.
    if (!/^identity$/i.test(encoding)) {
      throw new Problem(415, {
        code: 'encoded_body',
        detail: `Send the body as it is, without Content-Encoding: ${encoding}.`,
        headers: { 'accept-encoding': 'identity' },
      });
    }
    const length = headers.has('transfer-encoding') ? null : headers.get('content-length');
    // The server's parser sees to it that no more comes than was said.
    if (length !== null && Number(length) <= maxSize) return next();
    const reader: Body = body.getReader();
    const read = length === null ? await readUpTo(reader, maxSize) : null;
    if (!read) {
      await discard(reader);
      throw new Problem(413, {
        code: 'body_too_large',
        detail: `The body may have at most ${maxSize} bytes.`,
        headers: { connection: 'close' },
      });
    }
    c.req.raw = new Request(c.req.raw, { body: read });
    return next();
  });
}

/** The whole body; null when it has more than `maxSize` bytes. */
async function readUpTo(reader: Body, maxSize: number): Promise<Uint8Array<ArrayBuffer> | null> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return Buffer.concat(chunks);
    size += value.length;
    if (size > maxSize) return null;
    chunks.push(value);
  }
}

/** Reads what is left, within bounds. */
async function discard(reader: Body): Promise<void> {
  const { promise: late, resolve } = Promise.withResolvers<null>();
  const timer = setTimeout(() => resolve(null), DISCARD_MAX_MS);
  let size = 0;
  while (size < DISCARD_MAX_BYTES) {
    // A client that hangs up, too, has ended its body.
    const chunk = await Promise.race([reader.read().catch(() => null), late]);
    if (!chunk || chunk.done) break;
    size += chunk.value.length;
  }
  clearTimeout(timer);
}
