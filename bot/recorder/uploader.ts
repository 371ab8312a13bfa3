// Gets the recording into S3 while it is made. One worker, so no part is uploaded
// twice at the same time. It takes the oldest finished part; when there is none, it
// uploads the part that still grows, every few seconds, under its own number. A bot
// that is killed loses seconds, although S3 asks for parts of 5 MiB.
//
// The last upload of a number wins in S3, and the final content is always uploaded
// last. A failed upload is not repeated as it was: the loop looks again, and the part
// may have grown or become final meanwhile.
import { backoffMs, type Clock, sleep } from '../clock.ts';
import { errorFields, type Log } from '../log.ts';
import { Backlog } from './backlog.ts';
import type { PartUrls } from './part-urls.ts';
import { type Part, PartCutter } from './parts.ts';
import { PutError } from './put.ts';

const GROWING_EVERY_MS = 4_000;
const RETRY_FIRST_MS = 500;
const RETRY_MAX_MS = 10_000;

export interface UploadedPart {
  number: number;
  etag: string;
  bytes: number;
  mediaMs: number;
}

export interface UploaderOptions {
  urls: Pick<PartUrls, 'of' | 'failed' | 'arrived'>;
  put: (url: string, body: Buffer, options: { signal: AbortSignal }) => Promise<string>;
  onUploaded: (part: UploadedPart) => void;
  spillFolder: string;
  clock: Clock;
  log: Log;
  growingEveryMs?: number;
  retryFirstMs?: number;
}

export class Uploader {
  readonly #options: UploaderOptions;
  readonly #cutter = new PartCutter();
  readonly #backlog: Backlog;
  readonly #uploaded = new Map<number, UploadedPart>();
  readonly #abort = new AbortController();
  #wake = new AbortController();
  #ended = false;
  #failures = 0;
  #nextGrowingAtMs = 0;
  #loop: Promise<void> = Promise.resolve();

  constructor(options: UploaderOptions) {
    this.#options = options;
    this.#backlog = new Backlog(options.spillFolder, options.log);
  }

  start(): void {
    this.#loop = this.#run();
  }

  /** Takes the next bytes of the stream. `mediaMs`: the length of the recording up to their end. */
  push(chunk: Buffer, mediaMs: number): void {
    const first = this.#cutter.growingBytes === 0;
    const final = this.#cutter.push(chunk, mediaMs);
    for (const part of final) this.#backlog.add(part);
    if (final.length > 0 || first) this.#wake.abort();
  }

  /** The stream is over: what is left becomes the last part. */
  end(mediaMs: number): void {
    const last = this.#cutter.end(mediaMs);
    if (last) this.#backlog.add(last);
    this.#ended = true;
    this.#wake.abort();
  }

  /** After `end`: resolves with all parts in order when all have arrived, or with null when the signal comes first. */
  async finish(signal: AbortSignal): Promise<UploadedPart[] | null> {
    const giveUp = () => this.#abort.abort(new Error('uploading was given up'));
    signal.addEventListener('abort', giveUp, { once: true });
    if (signal.aborted) giveUp();
    await this.#loop;
    // A part that arrived while it was being written to disk is deleted there a moment later.
    await this.#backlog.settled();
    signal.removeEventListener('abort', giveUp);
    return this.#backlog.length > 0 ? null : [...this.#uploaded.values()].sort((a, b) => a.number - b.number);
  }

  async #run(): Promise<void> {
    const signal = this.#abort.signal;
    while (!signal.aborted) {
      this.#wake = new AbortController();
      const oldest = this.#backlog.first();
      if (oldest) {
        if (await this.#upload(oldest.part, oldest.read)) await this.#backlog.shift();
        // A part ends in the middle of a fragment. The rest of that fragment is uploaded at once.
        this.#nextGrowingAtMs = 0;
      } else if (this.#ended) {
        return;
      } else {
        await this.#uploadGrowing();
      }
    }
  }

  async #uploadGrowing(): Promise<void> {
    const { clock, growingEveryMs = GROWING_EVERY_MS } = this.#options;
    const part = this.#cutter.growing();
    const grown = part !== null && part.bytes > (this.#uploaded.get(part.number)?.bytes ?? 0);
    const waitMs = grown ? this.#nextGrowingAtMs - clock.monotonicMs() : growingEveryMs;
    if (grown && waitMs <= 0) {
      this.#nextGrowingAtMs = clock.monotonicMs() + growingEveryMs;
      await this.#upload(part, async () => part.content());
      return;
    }
    await sleep(waitMs, AbortSignal.any([this.#wake.signal, this.#abort.signal])).catch(() => undefined);
  }

  /** True when the part arrived. After a failure it pauses before it returns. */
  async #upload(part: Part, read: () => Promise<Buffer>): Promise<boolean> {
    const { urls, put, onUploaded, log, retryFirstMs = RETRY_FIRST_MS } = this.#options;
    const { number, bytes, mediaMs } = part;
    try {
      const etag = await put(await urls.of(number), await read(), { signal: this.#abort.signal });
      if (etag === '') throw new PutError('upload: answered without an ETag', null);
      const uploaded = { number, etag, bytes, mediaMs };
      this.#uploaded.set(number, uploaded);
      this.#failures = 0;
      urls.arrived();
      onUploaded(uploaded);
      return true;
    } catch (error) {
      if (this.#abort.signal.aborted) return false;
      this.#failures += 1;
      if (error instanceof PutError) urls.failed(error.refused);
      if (this.#failures === 1) {
        log.warn('part not uploaded, trying again', {
          part: number,
          ...errorFields(error),
          stack: undefined,
        });
      }
      const waitMs = backoffMs(this.#failures, retryFirstMs, RETRY_MAX_MS);
      await sleep(waitMs, this.#abort.signal).catch(() => undefined);
      return false;
    }
  }
}
