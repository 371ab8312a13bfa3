// Presigned URLs for the parts to come, kept ahead of need: while the API is away
// the recording goes on arriving in S3.
//
// A URL that fails is doubted, whether the store refuses it (it has expired, or the
// upload is over) or does not answer (the store may have moved to another address).
// Then the API is asked for fresh URLs, which replace the old ones. While the API
// does not answer either, the old ones are tried further.
import type { UploadAnswer, UploadRequest } from '@meeboter/domain/bot-protocol.ts';
import { backoffMs, type Clock, settledWithin } from '../clock.ts';
import { errorFields, type Log } from '../log.ts';

/** Half an hour of recording at the highest rate measured. */
const KEEP_AHEAD = 20;
const ASK_FOR = 60;
const LAST_PART = 10_000;

/** A store that does not answer may be back in a moment. Only then is the API asked. */
const UNANSWERED_WAIT_MS = 2_000;
/** Pauses between two questions, while uploads fail. */
const ASK_AGAIN_FIRST_MS = 2_000;
const ASK_AGAIN_MAX_MS = 60_000;
/** An upload waits so long for fresh URLs, then tries the doubted one again. */
const ANSWER_WAIT_MS = 5_000;

type Request = Extract<UploadRequest, { kind: 'recording_parts' }>;
type Answer = Extract<UploadAnswer, { kind: 'recording_parts' }>;

export interface PartUrlsOptions {
  ask: (request: Request) => Promise<Answer>;
  startedAt: Date;
  clock: Pick<Clock, 'monotonicMs' | 'now'>;
  log: Log;
}

export class PartUrls {
  readonly #options: PartUrlsOptions;
  readonly #urls = new Map<number, string>();
  #recordingId: string | null = null;
  #asking: Promise<void> | null = null;
  /** Set while uploads fail: when the API is asked next, and how often it was. */
  #doubt: { askAtMs: number; asked: number } | null = null;
  #complained = false;
  #renewAtMs = Number.POSITIVE_INFINITY;

  constructor(options: PartUrlsOptions) {
    this.#options = options;
  }

  /** Null until the first answer: the API chooses it. */
  get recordingId(): string | null {
    return this.#recordingId;
  }

  /** The URL of a part. Asks the API and waits when there is none. Parts with lower numbers are done with. */
  async of(part: number): Promise<string> {
    for (const done of this.#urls.keys()) if (done < part) this.#urls.delete(done);
    if (!this.#urls.has(part)) await this.#ask(part);
    else await this.#askInDoubt(part);
    const url = this.#urls.get(part);
    if (url === undefined) throw new Error(`the API gave no URL for part ${part}`);
    const due = this.#options.clock.monotonicMs() >= this.#renewAtMs;
    if (due || this.#urls.size <= KEEP_AHEAD) this.#askAhead(part);
    return url;
  }

  /** An upload failed. `refused`: the store said no, so the URL will not do; otherwise there was no good answer. */
  failed(refused: boolean): void {
    const nowMs = this.#options.clock.monotonicMs();
    this.#doubt ??= { askAtMs: nowMs + UNANSWERED_WAIT_MS, asked: 0 };
    if (refused && this.#doubt.asked === 0) this.#doubt.askAtMs = nowMs;
  }

  /** An upload arrived: the URLs are good. */
  arrived(): void {
    this.#doubt = null;
  }

  async #askInDoubt(part: number): Promise<void> {
    const nowMs = this.#options.clock.monotonicMs();
    if (!this.#doubt || nowMs < this.#doubt.askAtMs) return;
    this.#doubt.asked += 1;
    this.#doubt.askAtMs = nowMs + backoffMs(this.#doubt.asked, ASK_AGAIN_FIRST_MS, ASK_AGAIN_MAX_MS);
    await settledWithin(this.#ask(part), ANSWER_WAIT_MS);
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
    this.#complained = false;
    this.#urls.clear();
    for (const { part_number, url } of answer.parts) this.#urls.set(part_number, url);
    // Renewed at half their life: an API that is away now may still be away when they expire.
    const lifeMs = Math.max(60_000, Date.parse(answer.expires_at) - clock.now().getTime());
    this.#renewAtMs = clock.monotonicMs() + lifeMs / 2;
  }
}
