// The queue of finished parts that wait for their upload. The first few stay in
// memory. When S3 is slow or away, the others are written to disk, so that memory
// stays bounded while the recording goes on.
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errorFields, type Log } from '../log.ts';
import type { Part } from './parts.ts';

const IN_MEMORY = 4;

interface Waiting {
  part: Part;
  read: () => Promise<Buffer>;
  file: string | null;
}

export class Backlog {
  readonly #folder: string;
  readonly #log: Log;
  readonly #waiting: Waiting[] = [];
  #spilling: Promise<void> = Promise.resolve();

  constructor(folder: string, log: Log) {
    this.#folder = folder;
    this.#log = log;
  }

  get length(): number {
    return this.#waiting.length;
  }

  /** The part to upload next; undefined when none waits. */
  first(): Waiting | undefined {
    return this.#waiting[0];
  }

  add(part: Part): void {
    const entry: Waiting = { part, read: async () => part.content(), file: null };
    this.#waiting.push(entry);
    if (this.#waiting.length > IN_MEMORY) this.#spilling = this.#spilling.then(() => this.#spill(entry));
  }

  /** Removes the first part, which has arrived. */
  async shift(): Promise<void> {
    const entry = this.#waiting.shift();
    if (entry?.file) await rm(entry.file, { force: true });
  }

  /** Resolves when nothing is being written to disk any more. */
  settled(): Promise<void> {
    return this.#spilling;
  }

  async #spill(entry: Waiting): Promise<void> {
    const { number, bytes, mediaMs, final } = entry.part;
    const file = join(this.#folder, `part-${number}`);
    try {
      await mkdir(this.#folder, { recursive: true });
      await writeFile(file, entry.part.content());
      if (!this.#waiting.includes(entry)) return void (await rm(file, { force: true }));
      // Otherwise the entry would keep the bytes in memory.
      entry.part = { number, bytes, mediaMs, final, content: () => Buffer.alloc(0) };
      entry.read = () => readFile(file);
      entry.file = file;
    } catch (error) {
      // No room on disk: using more memory is better than losing a part of the recording.
      this.#log.warn('part kept in memory', { part: number, ...errorFields(error), stack: undefined });
    }
  }
}
