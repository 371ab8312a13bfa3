// Presigned URLs for the parts to come, kept ahead of need: while the API is
// away the recording goes on arriving in S3.
import type { UploadAnswer, UploadRequest } from '@meeboter/domain/bot-protocol.ts';
import type { Clock } from '../clock.ts';
import { errorFields, type Log } from '../log.ts';

/** Half an hour of recording at the highest rate measured. */
const KEEP_AHEAD = 20;
const ASK_FOR = 60;
const LAST_PART = 10_000;

type Request = Extract<UploadRequest, { kind: 'recording_parts' }>;
type Answer = Extract<UploadAnswer, { kind: 'recording_parts' }>;

export interface PartUrlsOptions {
  ask: (request: Request) => Promise<Answer>;
  startedAt: Date;
  clock: Clock;
  log: Log;
}

export class PartUrls {
  readonly #options: PartUrlsOptions;
  readonly #urls = new Map<number, string>();
  #recordingId: string | null = null;
  #asking: Promise<void> | null = null;
  #refused = false;
  #complained = false;
  #renewAtMs = Number.POSITIVE_INFINITY;

  constructor(options: PartUrlsOptions) {
    this.#options = options;
  }

  /** Null until the first answer: the API chose it. */
  get recordingId(): string | null {
    return this.#recordingId;
  }

  /** The URL of a part; asks and waits when there is none. Parts below it are done with. */
  async of(part: number): Promise<string> {
    for (const done of this.#urls.keys()) if (done < part) this.#urls.delete(done);
    if (this.#refused && this.#urls.has(part)) await this.#ask(part).catch(() => undefined);
    if (!this.#urls.has(part)) await this.#ask(part);
    const url = this.#urls.get(part);
    if (url === undefined) throw new Error(`the API gave no URL for part ${part}`);
    const due = this.#options.clock.monotonicMs() >= this.#renewAtMs;
    if (due || this.#urls.size <= KEEP_AHEAD) this.#askAhead(part);
    return url;
  }

  /** S3 refused one: fresh ones are asked for first. While the API is away the old ones are tried again. */
  refuse(): void {
    this.#refused = true;
  }

  #askAhead(part: number): void {
    this.#ask(part).catch((error: unknown) => {
      if (this.#complained) return;
      this.#complained = true;
      this.#options.log.warn('no further upload URLs yet', { part, ...errorFields(error), stack: undefined });
    });
  }

  #ask(part: number): Promise<void> {
    this.#asking ??= this.#fetch(part).finally(() => {
      this.#asking = null;
    });
    return this.#asking;
  }

  async #fetch(part: number): Promise<void> {
    const { ask, startedAt, clock } = this.#options;
    const answer = await ask({
      kind: 'recording_parts',
      content_type: 'video/mp4',
      started_at: startedAt.toISOString(),
      from_part: part,
      count: Math.min(ASK_FOR, LAST_PART - part + 1),
    });
    this.#recordingId = answer.recording_id;
    this.#refused = false;
    this.#complained = false;
    for (const { part_number, url } of answer.parts) this.#urls.set(part_number, url);
    // Renewed at half their life: an API that is away now may still be away when they expire.
    const lifeMs = Math.max(60_000, Date.parse(answer.expires_at) - clock.now().getTime());
    this.#renewAtMs = clock.monotonicMs() + lifeMs / 2;
  }
}
