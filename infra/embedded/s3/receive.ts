// The body of a request: to a file as it arrives, or small ones as text. Checked against everything that
// the request says of it, before anything is made of it.
import { createHash, type Hash } from 'node:crypto';
import { open, rm } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { crc32 } from 'node:zlib';
import { notImplemented, S3Error } from './error.ts';
import type { S3Request } from './request.ts';
import { UNSIGNED_PAYLOAD, type Vouched } from './sigv4.ts';

/** Content that is on the disk. */
export interface Received {
  path: string;
  bytes: number;
  /** In hex. */
  md5: string;
}

/** A body, and what its sender says of it. */
export interface Body extends Pick<S3Request, 'headers'>, Pick<Vouched, 'payloadHash'> {
  incoming: IncomingMessage;
}

/** Writes the body to a new file. Throws when it is not what the request says; then there is no file. */
export async function receiveFile(body: Body, path: string, mostBytes: number): Promise<Received> {
  const check = new BodyCheck(body, mostBytes);
  const file = await open(path, 'wx', 0o600);
  try {
    for await (const chunk of chunksOf(body.incoming)) {
      check.update(chunk);
      await file.appendFile(chunk);
    }
    const md5 = check.finish();
    await file.sync();
    return { path, md5, bytes: check.bytes };
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  } finally {
    await file.close();
  }
}

/** Reads the body as UTF-8. */
export async function receiveText(body: Body, mostBytes: number): Promise<string> {
  const check = new BodyCheck(body, mostBytes);
  const chunks: Buffer[] = [];
  for await (const chunk of chunksOf(body.incoming)) {
    check.update(chunk);
    chunks.push(chunk);
  }
  check.finish();
  return Buffer.concat(chunks).toString('utf8');
}

/**
 * Reads what is left of a refused body and forgets it: a sender that is cut off in the middle does not read
 * the answer. A long one is left unread.
 */
export async function discard(incoming: IncomingMessage, mostBytes: number): Promise<void> {
  if (Number(incoming.headers['content-length'] ?? 0) > mostBytes) return;
  let bytes = 0;
  for await (const chunk of chunksOf(incoming)) {
    bytes += chunk.length;
    if (bytes > mostBytes) return;
  }
}

/** Leaves the connection open when the reader stops in the middle, for the answer. */
function chunksOf(incoming: IncomingMessage): AsyncIterable<Buffer> {
  return incoming.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;
}

class BodyCheck {
  bytes = 0;
  readonly #declaredBytes: number;
  readonly #md5 = createHash('md5');
  readonly #hashes: { hash: Hash; encoding: 'hex' | 'base64'; expected: string; code: string }[] = [];
  readonly #expectedCrc: string | undefined;
  #crc = 0;

  /** Throws S3Error on a body of unknown length or one that is too long. */
  constructor({ headers, payloadHash }: Body, mostBytes: number) {
    const length = headers.get('content-length');
    if (length === undefined || headers.has('transfer-encoding')) {
      throw new S3Error(411, 'MissingContentLength', 'The request must have a Content-Length.');
    }
    this.#declaredBytes = Number(length);
    if (this.#declaredBytes > mostBytes) {
      throw new S3Error(400, 'EntityTooLarge', `The body may have ${mostBytes} bytes at most.`);
    }
    const expect = (expected: string | undefined, name: string, encoding: 'hex' | 'base64', code: string) => {
      if (expected !== undefined) this.#hashes.push({ hash: createHash(name), encoding, expected, code });
    };
    const sha256 = payloadHash === UNSIGNED_PAYLOAD ? undefined : payloadHash;
    expect(sha256, 'sha256', 'hex', 'XAmzContentSHA256Mismatch');
    expect(headers.get('content-md5'), 'md5', 'base64', 'BadDigest');
    expect(headers.get('x-amz-checksum-sha1'), 'sha1', 'base64', 'BadDigest');
    expect(headers.get('x-amz-checksum-sha256'), 'sha256', 'base64', 'BadDigest');
    this.#expectedCrc = headers.get('x-amz-checksum-crc32');
    if (headers.get('content-encoding')?.includes('aws-chunked')) throw notImplemented('bodies in chunks');
  }

  update(chunk: Buffer): void {
    this.bytes += chunk.length;
    this.#md5.update(chunk);
    for (const { hash } of this.#hashes) hash.update(chunk);
    if (this.#expectedCrc !== undefined) this.#crc = crc32(chunk, this.#crc);
  }

  /** The MD5 of the whole body, in hex. Throws S3Error when the body is not what was announced. */
  finish(): string {
    if (this.bytes !== this.#declaredBytes) {
      throw new S3Error(400, 'IncompleteBody', 'The body is shorter than its Content-Length.');
    }
    const wrong = this.#hashes.find(({ hash, encoding, expected }) => hash.digest(encoding) !== expected);
    if (wrong) throw new S3Error(400, wrong.code, 'The body does not have the hash that the request names.');
    const crc = Buffer.alloc(4);
    crc.writeUInt32BE(this.#crc);
    if (this.#expectedCrc !== undefined && crc.toString('base64') !== this.#expectedCrc) {
      throw new S3Error(400, 'BadDigest', 'The body does not have the CRC that the request names.');
    }
    return this.#md5.digest('hex');
  }
}
