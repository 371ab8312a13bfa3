// Buckets and objects as files. An object is two files below `buckets/<bucket>/objects/`:
//
//   <key>.<random>.data   the content
//   <key>.meta.json       everything else, and the name of the content's file
//
// An object is replaced by writing new content under a new name and then renaming
// the new meta file into place: after a crash it is the old or the new object,
// whole. The layout is the one of earlier versions, whose content is in `<key>.data`.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { syncFolder, UNFINISHED, writeDurably } from '../../durable-file.ts';
import { noSuchKey, S3Error } from './error.ts';
import type { SetAside } from './set-aside.ts';

const metaSchema = z.object({
  key: z.string().min(1),
  contentLength: z.int().min(0),
  etag: z.string(),
  lastModified: z.iso.datetime().transform((text) => new Date(text)),
  /** The only stored header of earlier versions. */
  contentType: z.string().optional(),
  /** Headers to answer with. */
  headers: z.record(z.string(), z.string()).default({}),
  /** Name of the content's file, in the same folder. Earlier versions: `<key>.data`. */
  file: z
    .string()
    .regex(/^[^/]+\.data$/)
    .optional(),
});

export interface StoredObject {
  key: string;
  bytes: number;
  /** With its quotes. */
  etag: string;
  lastModified: Date;
  headers: Record<string, string>;
  /** Path of the content. */
  path: string;
}

const META = '.meta.json';
/** How the name of a content file goes on behind the key. */
const CONTENT = /^\.[0-9a-f]{16}\.data$/;
const CONTENT_LENGTH = '.0123456789abcdef.data'.length;
/** With what is added to it, a name of 255 bytes at most, which is what file systems take. */
const LONGEST_SEGMENT_BYTES = 200;

export class Objects {
  readonly #buckets: string;
  readonly #setAside: SetAside;

  constructor(dir: string, setAside: SetAside) {
    this.#buckets = join(dir, 'buckets');
    this.#setAside = setAside;
  }

  createBucket(bucket: string): void {
    mkdirSync(join(this.#buckets, bucket, 'objects'), { recursive: true });
  }

  /** Throws S3Error when there is no such bucket. */
  requireBucket(bucket: string): void {
    if (!existsSync(join(this.#buckets, bucket))) {
      throw new S3Error(404, 'NoSuchBucket', 'There is no such bucket.');
    }
  }

  /** Throws S3Error when there is no such object. One whose files are damaged is set aside, and is none. */
  find(bucket: string, key: string): StoredObject {
    this.requireBucket(bucket);
    const found = this.#read(this.#base(bucket, key) + META);
    if (found?.key !== key) throw noSuchKey();
    return found;
  }

  /** A path for the content of an object that is about to be written. */
  contentPath(bucket: string, key: string): string {
    this.requireBucket(bucket);
    const base = this.#base(bucket, key);
    try {
      mkdirSync(dirname(base), { recursive: true });
    } catch (cause) {
      // A folder by the name of another object's file.
      throw new S3Error(400, 'InvalidArgument', 'The key cannot be stored beside the keys there are.', {
        cause,
      });
    }
    const random = Buffer.from(crypto.getRandomValues(new Uint8Array(8))).toString('hex');
    return `${base}.${random}.data`;
  }

  /** Makes content that is on the disk already an object, in place of the one with the same key. */
  commit(bucket: string, object: Omit<StoredObject, 'lastModified'>): void {
    const meta = this.#base(bucket, object.key) + META;
    const before = existsSync(meta) ? this.#read(meta) : undefined;
    const { key, etag, headers, bytes: contentLength } = object;
    const lastModified = new Date().toISOString();
    const file = basename(object.path);
    writeDurably(meta, JSON.stringify({ key, contentLength, etag, lastModified, headers, file }));
    if (before) rmSync(before.path, { force: true });
    syncFolder(dirname(meta));
  }

  /** Reads every object once: sets damaged ones aside, and deletes what a crash left unfinished. */
  check(): void {
    mkdirSync(this.#buckets, { recursive: true });
    for (const bucket of readdirSync(this.#buckets)) {
      const objects = join(this.#buckets, bucket, 'objects');
      if (existsSync(objects)) this.#checkFolder(objects);
    }
  }

  #checkFolder(folder: string): void {
    const names: string[] = [];
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      if (entry.isDirectory()) this.#checkFolder(join(folder, entry.name));
      else names.push(entry.name);
    }
    const metas = names.filter((name) => name.endsWith(META));
    const inUse = new Set(metas.map((name) => this.#read(join(folder, name))?.path));
    for (const name of names) {
      const path = join(folder, name);
      // Content without a meta file: the process ended before it was an object.
      const isContent = CONTENT.test(name.slice(-CONTENT_LENGTH));
      if (name.endsWith(UNFINISHED) || (isContent && !inUse.has(path))) rmSync(path, { force: true });
    }
  }

  #read(meta: string): StoredObject | undefined {
    if (!existsSync(meta)) return undefined;
    const folder = dirname(meta);
    const standard = `${basename(meta, META)}.data`;
    let path = join(folder, standard);
    try {
      const read = metaSchema.parse(JSON.parse(readFileSync(meta, 'utf8')));
      path = join(folder, read.file ?? standard);
      const { size } = statSync(path);
      if (size !== read.contentLength) {
        throw new Error(`the content has ${size} bytes and should have ${read.contentLength}`);
      }
      const headers = { ...(read.contentType && { 'content-type': read.contentType }), ...read.headers };
      return { ...read, bytes: read.contentLength, headers, path };
    } catch (why) {
      // An error of the system, such as too many open files, says nothing of the object.
      const { code } = why as NodeJS.ErrnoException;
      if (code !== undefined && code !== 'ENOENT') throw why;
      this.#setAside({ paths: [meta, path, ...contentOf(meta)], why });
      return undefined;
    }
  }

  /** The path of an object's files without their endings. */
  #base(bucket: string, key: string): string {
    const segments = key
      .split('/')
      .map((segment) =>
        segment.replace(/[<>:"|?*\\%]/g, (char) => `%${char.charCodeAt(0).toString(16).padStart(2, '0')}`),
      );
    if (segments.some((segment) => Buffer.byteLength(segment) > LONGEST_SEGMENT_BYTES)) {
      throw new S3Error(
        400,
        'KeyTooLongError',
        `Between two slashes a key has at most ${LONGEST_SEGMENT_BYTES} bytes.`,
      );
    }
    return join(this.#buckets, bucket, 'objects', ...segments);
  }
}

/** Content that belongs to a meta file which cannot be read. */
function contentOf(meta: string): string[] {
  const folder = dirname(meta);
  const base = basename(meta, META);
  const names = readdirSync(folder).filter(
    (name) => name.startsWith(base) && CONTENT.test(name.slice(base.length)),
  );
  return names.map((name) => join(folder, name));
}
