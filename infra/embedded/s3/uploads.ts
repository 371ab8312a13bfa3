// Multipart uploads as files, below `_multipart/<upload id>/`:
//
//   .upload.json                  what the upload will become
//   parts/<number>-<md5>.part     one part; what is listed is read off the names
//
// A part is written under another name, to the disk, and then renamed: after a crash it is
// there as a whole or not at all. A part sent again replaces the earlier one.
import { createHash, randomUUID } from 'node:crypto';
import {
  createReadStream,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { syncFolder, UNFINISHED, writeDurably } from '../../durable-file.ts';
import { noSuchUpload, S3Error } from './error.ts';
import type { Objects } from './objects.ts';
import type { Received } from './receive.ts';
import type { SetAside } from './set-aside.ts';

const uploadSchema = z.object({
  bucket: z.string().min(1),
  key: z.string().min(1),
  contentType: z.string().optional(),
  headers: z.record(z.string(), z.string()).default({}),
});

export interface Part {
  number: number;
  /** Without quotes. */
  md5: string;
  bytes: number;
  lastModified: Date;
  path: string;
}

const UPLOAD = '.upload.json';
const UPLOAD_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const PART = /^(\d+)-([0-9a-f]{32})\.part$/;
/** Ends the name of a folder whose upload is over. */
const OVER = '.over';
/** The least that every part but the last has: https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
const SMALLEST_PART_BYTES = 5 * 1024 * 1024;
const COPY_BYTES = 1024 * 1024;

export class Uploads {
  readonly #dir: string;
  readonly #objects: Objects;
  readonly #setAside: SetAside;
  /** Uploads that are being completed, by id. Their parts stay as they are meanwhile. */
  readonly #completing = new Map<string, Promise<unknown>>();

  constructor(dir: string, objects: Objects, setAside: SetAside) {
    this.#dir = join(dir, '_multipart');
    this.#objects = objects;
    this.#setAside = setAside;
  }

  create(bucket: string, key: string, headers: Record<string, string>): string {
    this.#objects.requireBucket(bucket);
    const id = randomUUID();
    mkdirSync(this.#parts(id), { recursive: true });
    writeDurably(join(this.#dir, id, UPLOAD), JSON.stringify({ bucket, key, headers }));
    syncFolder(this.#dir);
    return id;
  }

  /** Where the content of a part goes while it arrives. Throws S3Error when there is no such upload. */
  partPath(id: string, bucket: string, key: string): string {
    this.#require(id, bucket, key);
    return join(this.#parts(id), `${randomUUID()}${UNFINISHED}`);
  }

  /** Makes content that is on the disk already a part. Throws S3Error when the upload is over by now. */
  async commitPart(id: string, number: number, received: Received): Promise<void> {
    await this.#untilCompleted(id);
    const name = `${number}-${received.md5}.part`;
    try {
      renameSync(received.path, join(this.#parts(id), name));
    } catch (cause) {
      throw existsSync(this.#parts(id)) ? cause : noSuchUpload();
    }
    for (const other of readdirSync(this.#parts(id))) {
      if (other !== name && other.startsWith(`${number}-`))
        rmSync(join(this.#parts(id), other), { force: true });
    }
    syncFolder(this.#parts(id));
  }

  /** The parts that have arrived, by number. Throws S3Error when there is no such upload. */
  list(id: string, bucket: string, key: string): Part[] {
    this.#require(id, bucket, key);
    const parts = new Map<number, Part>();
    for (const name of readdirSync(this.#parts(id))) {
      const [, number, md5 = ''] = name.match(PART) ?? [];
      if (number === undefined) continue;
      const path = join(this.#parts(id), name);
      const { size: bytes, mtime: lastModified } = statSync(path);
      const part = { number: Number(number), md5, bytes, lastModified, path };
      // Two of one number: the process ended before the earlier one was removed.
      const other = parts.get(part.number);
      if (!other || other.lastModified < lastModified) parts.set(part.number, part);
    }
    return [...parts.values()].sort((one, two) => one.number - two.number);
  }

  /**
   * Puts these parts together into the object; returns its ETag. Throws S3Error when a part is missing, has
   * another ETag, is out of order or too small; then the upload goes on.
   */
  async complete(
    id: string,
    bucket: string,
    key: string,
    wanted: { number: number; etag: string }[],
  ): Promise<string> {
    await this.#untilCompleted(id);
    const work = this.#complete(id, bucket, key, wanted);
    this.#completing.set(id, work);
    try {
      return await work;
    } finally {
      this.#completing.delete(id);
    }
  }

  async #complete(
    id: string,
    bucket: string,
    key: string,
    wanted: { number: number; etag: string }[],
  ): Promise<string> {
    const { headers } = this.#require(id, bucket, key);
    const parts = chosenParts(this.list(id, bucket, key), wanted);
    const path = this.#objects.contentPath(bucket, key);
    try {
      const content = await open(path, 'wx', 0o600);
      try {
        for (const part of parts) {
          for await (const chunk of createReadStream(part.path, { highWaterMark: COPY_BYTES })) {
            await content.appendFile(chunk as Buffer);
          }
        }
        await content.sync();
      } finally {
        await content.close();
      }
      const digests = Buffer.concat(parts.map((part) => Buffer.from(part.md5, 'hex')));
      const etag = `"${createHash('md5').update(digests).digest('hex')}-${parts.length}"`;
      const bytes = parts.reduce((sum, part) => sum + part.bytes, 0);
      this.#objects.commit(bucket, { key, bytes, etag, headers, path });
      await this.#remove(id);
      return etag;
    } catch (error) {
      await rm(path, { force: true });
      throw error;
    }
  }

  /** Throws S3Error when there is no such upload. */
  async abort(id: string, bucket: string, key: string): Promise<void> {
    await this.#untilCompleted(id);
    this.#require(id, bucket, key);
    await this.#remove(id);
  }

  /** Reads every upload once: sets damaged ones aside, and deletes what a crash left unfinished. */
  check(): void {
    mkdirSync(this.#dir, { recursive: true });
    for (const id of readdirSync(this.#dir)) {
      if (id.endsWith(OVER)) rmSync(join(this.#dir, id), { recursive: true, force: true });
      else if (UPLOAD_ID.test(id) && this.#read(id)) this.#checkParts(this.#parts(id));
    }
  }

  #checkParts(folder: string): void {
    mkdirSync(folder, { recursive: true });
    for (const name of readdirSync(folder)) {
      const path = join(folder, name);
      // Earlier versions had `<number>.data`, and its ETag in `<number>.meta.json`.
      const [, number] = name.match(/^(\d+)\.data$/) ?? [];
      if (number !== undefined) {
        const md5 = createHash('md5').update(readFileSync(path)).digest('hex');
        renameSync(path, join(folder, `${number}-${md5}.part`));
      } else if (name.endsWith(UNFINISHED) || name.endsWith('.meta.json')) rmSync(path, { force: true });
    }
  }

  async #untilCompleted(id: string): Promise<void> {
    while (this.#completing.has(id)) await this.#completing.get(id)?.catch(() => undefined);
  }

  async #remove(id: string): Promise<void> {
    const folder = join(this.#dir, id);
    // At once, for parts that are arriving; deleting many files takes a while.
    renameSync(folder, folder + OVER);
    syncFolder(this.#dir);
    await rm(folder + OVER, { recursive: true, force: true });
  }

  #require(id: string, bucket: string, key: string): z.infer<typeof uploadSchema> {
    const upload = UPLOAD_ID.test(id) ? this.#read(id) : undefined;
    if (upload?.bucket !== bucket || upload.key !== key) throw noSuchUpload();
    return upload;
  }

  #read(id: string): z.infer<typeof uploadSchema> | undefined {
    const folder = join(this.#dir, id);
    if (!existsSync(folder)) return undefined;
    try {
      const upload = uploadSchema.parse(JSON.parse(readFileSync(join(folder, UPLOAD), 'utf8')));
      return {
        ...upload,
        headers: { ...(upload.contentType && { 'content-type': upload.contentType }), ...upload.headers },
      };
    } catch (why) {
      const { code } = why as NodeJS.ErrnoException;
      if (code !== undefined && code !== 'ENOENT') throw why;
      this.#setAside({ paths: [folder], why });
      return undefined;
    }
  }

  #parts(id: string): string {
    return join(this.#dir, id, 'parts');
  }
}

/** The parts that a request to complete names, as https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html demands. */
function chosenParts(there: Part[], wanted: { number: number; etag: string }[]): Part[] {
  if (wanted.length === 0) throw new S3Error(400, 'MalformedXML', 'The request names no parts.');
  if (wanted.some(({ number }, index) => number <= (wanted[index - 1]?.number ?? 0))) {
    throw new S3Error(
      400,
      'InvalidPartOrder',
      'The parts must be named in ascending order of their numbers.',
    );
  }
  const byNumber = new Map(there.map((part) => [part.number, part]));
  return wanted.map(({ number, etag }, index) => {
    const part = byNumber.get(number);
    if (!part || part.md5 !== etag.replaceAll('"', '')) {
      throw new S3Error(400, 'InvalidPart', `Part ${number} is not there, or has another ETag.`);
    }
    if (index < wanted.length - 1 && part.bytes < SMALLEST_PART_BYTES) {
      throw new S3Error(
        400,
        'EntityTooSmall',
        `Part ${number} is smaller than ${SMALLEST_PART_BYTES} bytes.`,
      );
    }
    return part;
  });
}
