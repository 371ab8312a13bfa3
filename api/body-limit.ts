// Limits the size of request bodies. A client that is still sending when it gets its 413
// would see a broken connection instead of the answer if we closed at once, so the rest
// of the body is read and discarded, up to a limit.
import { createMiddleware } from 'hono/factory';
import type { ApiEnv } from './context.ts';
import { Problem } from './problem.ts';

/** At most this much is discarded, for at most this long; then the connection is closed. */
const DISCARD_MAX_BYTES = 64 * 1024 * 1024;
const DISCARD_MAX_MS = 5_000;

type Body = ReadableStreamDefaultReader<Uint8Array>;

/** Refuses bodies of more than `maxSize` bytes, with or without a Content-Length, and compressed bodies of any size. */
export function limitBody(maxSize: number) {
  return createMiddleware<ApiEnv>(async (c, next) => {
    const { body, headers } = c.req.raw;
    if (!body) return next();
    const encoding = headers.get('content-encoding') ?? 'identity';
    // A small compressed body can be huge when it is unpacked.
    if (!/^identity$/i.test(encoding)) {
      throw new Problem(415, {
        code: 'encoded_body',
        detail: `Send the body as it is, without Content-Encoding: ${encoding}.`,
        headers: { 'accept-encoding': 'identity' },
      });
    }
    const length = headers.has('transfer-encoding') ? null : headers.get('content-length');
    // The HTTP parser enforces that the body is no longer than this.
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

/** Reads the whole body; null when it has more than `maxSize` bytes. */
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

/** Reads and discards the rest of a body, up to the limits above. */
async function discard(reader: Body): Promise<void> {
  const { promise: late, resolve } = Promise.withResolvers<null>();
  const timer = setTimeout(() => resolve(null), DISCARD_MAX_MS);
  let size = 0;
  while (size < DISCARD_MAX_BYTES) {
    // An error here means that the client has closed the connection.
    const chunk = await Promise.race([reader.read().catch(() => null), late]);
    if (!chunk || chunk.done) break;
    size += chunk.value.length;
  }
  clearTimeout(timer);
}
