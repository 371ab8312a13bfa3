// A runtime without a browser, with the bot's protocol (claim, report, uploads), its lease clock and its fencing.
// Its life takes a few milliseconds, and many of them run in one process. A test can freeze it, cut it off, kill
// it, and set its clock.
import { setTimeout as delay } from 'node:timers/promises';
import {
  CLAIM_PATH,
  type ClaimAnswer,
  claimAnswerSchema,
  LEASE_SELF_FENCE_SHARE,
  REPORT_MAX_ENTRIES,
  REPORT_PATH,
  type ReportEntry,
  reportAnswerSchema,
  UPLOADS_PATH,
  uploadAnswerSchema,
} from '@meeboter/domain/bot-protocol.ts';
import type { Room } from './room.ts';

export interface RuntimeOrder {
  deploymentId: string;
  botId: string;
  apiUrl: string;
  claimToken: string;
}

export interface RuntimeOptions {
  room: Room;
  /** False: it ignores refusals and does not watch its lease. */
  fencing: boolean;
  /** Whether the meeting goes on after this many ms in the call. */
  goesOn: (inCallMs: number) => boolean;
  admittedAfterMs: number;
  /** Interval of its heartbeats; by default the one that the claim's answer asks for. */
  reportEveryMs?: number;
}

/** Thrown when the runtime has to end: it is fenced off or killed, or its lease has expired. */
class Gone extends Error {}

const CALL_TIMEOUT_MS = 3_000;
/** How long a runtime without fencing stays in the room after its claim was refused. */
const STRAY_MS = 4_000;
/** What is added to the recording every PIECE_EVERY_MS. */
const PIECE = 'two seconds of a meeting\n';
const PIECE_EVERY_MS = 2_000;

export class FakeRuntime {
  readonly id = `run_${crypto.randomUUID()}`;
  readonly order: RuntimeOrder;
  /** Resolves when the process has ended. */
  readonly ended: Promise<void>;
  /** How much it reported and uploaded; set when it ends in order. All of it must have arrived afterwards. */
  reported: { turns: number; bytes: number } | null = null;
  inCall = false;
  /** An unexpected error that ended it. */
  failure: unknown;
  readonly #options: RuntimeOptions;
  readonly #killed = new AbortController();
  #frozenUntilMs = 0;
  #cutOffUntilMs = 0;
  #wallOffsetMs = 0;
  /** The server's time when our monotonic clock was 0. */
  #serverOriginMs = 0;
  /** True when its clock was set at least once. */
  clockWasSet = false;
  #claim: ClaimAnswer | null = null;
  #seq = 0;
  #outbox: ReportEntry[] = [];
  #acceptedAtMs = performance.now();
  #leaseMs = Number.POSITIVE_INFINITY;
  #leaveRequested = false;
  #turns = 0;
  #reportedAtMs = 0;
  #ending: unknown;

  constructor(order: RuntimeOrder, options: RuntimeOptions) {
    this.order = order;
    this.#options = options;
    this.ended = this.#run()
      .catch((error: unknown) => {
        if (!(error instanceof Gone) && !this.#killed.signal.aborted) this.failure = error;
      })
      .finally(() => {
        this.#killed.abort();
        options.room.leave(this.id);
      });
  }

  get hasEnded(): boolean {
    return this.#killed.signal.aborted;
  }
  kill(): void {
    this.#killed.abort();
    this.#options.room.leave(this.id);
  }
  /** Suspends it for a while, as SIGSTOP does; it stays in the room. */
  freeze(ms: number): void {
    this.#frozenUntilMs = performance.now() + ms;
  }
  /** Lets all its requests fail for a while. */
  cutOff(ms: number): void {
    this.#cutOffUntilMs = performance.now() + ms;
  }
  /** Makes all times that it reports from now on wrong. That is worse than the bot, which reports the server's time. */
  setClock(offsetMs: number): void {
    this.clockWasSet = true;
    this.#wallOffsetMs = offsetMs;
  }

  /** Adds entries to its buffer, as in a lively meeting: people who join, leave and speak. */
  buffer(entries: number): void {
    for (let n = 0; n < entries; n += 1) {
      const at = new Date(Date.now() - entries + n).toISOString();
      const external_id = `guest ${n % 50}`;
      if (n % 2 === 0) {
        this.#turns += 1;
        this.#enqueue({ kind: 'speaker_turn', external_id, started_at: at, ended_at: at });
      } else {
        const change = n % 4 === 1 ? 'joined' : 'left';
        this.#enqueue({ kind: 'participant', at, external_id, name: external_id, change });
      }
    }
  }
  /** How many entries are not reported yet. */
  get pending(): number {
    return this.#outbox.length;
  }

  async #run(): Promise<void> {
    const { room, admittedAfterMs } = this.#options;
    const claim = await this.#claimBot();
    // By the server's clock, because this machine's may be wrong.
    await this.#wait(Math.max(0, Date.parse(claim.join_at) - Date.parse(claim.server_time)));
    room.enter(claim.bot_id, this.id);
    this.#enqueue(
      { kind: 'phase', at: this.#now(), phase: 'knocked' },
      this.#status('IN_WAITING_ROOM', 'knocked'),
    );
    await this.#wait(admittedAfterMs);
    this.#enqueue(this.#status('IN_CALL', 'admitted'), { kind: 'phase', at: this.#now(), phase: 'admitted' });
    await this.#flush();
    this.inCall = true;
    const recorded = await this.#record();
    this.inCall = false;
    this.#enqueue(this.#status('LEAVING', this.#leaveRequested ? 'user_requested' : 'everyone_left'));
    room.leave(this.id);
    await this.#flush();
    await this.#call(UPLOADS_PATH, { kind: 'recording_complete', ...recorded });
    // Before it reports DONE, because it may be stopped at any moment after that.
    this.reported = { turns: this.#turns, bytes: recorded.parts[0].bytes };
    this.#enqueue({ kind: 'phase', at: this.#now(), phase: 'uploaded' }, this.#status('DONE', 'finished'));
    await this.#flush();
  }

  async #claimBot(): Promise<ClaimAnswer> {
    const sentAtMs = performance.now();
    try {
      const body = { runtime_id: this.id, version: 'fake' };
      this.#claim = claimAnswerSchema.parse(await this.#call(CLAIM_PATH, body, this.order.claimToken));
    } catch (error) {
      if (this.#options.fencing || !(error instanceof Gone)) throw error;
      // Without fencing it enters the room although the claim was refused.
      this.#options.room.enter(this.order.botId, this.id);
      await this.#wait(STRAY_MS);
      throw error;
    }
    this.#acceptedAtMs = sentAtMs;
    this.#serverOriginMs = Date.parse(this.#claim.server_time) - performance.now();
    this.#leaseMs = this.#claim.lease_before_admission_ms;
    return this.#claim;
  }

  /**
   * Stays in the call. Reports a turn every half second, and uploads its recording every two seconds with the URL
   * from the beginning, because the API may be away.
   */
  async #record() {
    const startedAtMs = performance.now();
    const inCallMs = () => performance.now() - startedAtMs;
    const part = this.#requestPart();
    let uploaded = { part_number: 1, etag: '', bytes: 0 };
    let pieces = 0;
    // As the bot does: the growing part is uploaded repeatedly under the same part number.
    const upload = async () => {
      const { recordingId, url } = await part;
      pieces = 1 + Math.floor(inCallMs() / PIECE_EVERY_MS);
      const content = PIECE.repeat(pieces);
      uploaded = { part_number: 1, etag: await this.#put(url, content), bytes: content.length };
      this.#enqueue({
        kind: 'part_uploaded',
        at: this.#now(),
        recording_id: recordingId,
        ...uploaded,
        media_ms: pieces * PIECE_EVERY_MS,
      });
    };
    // Concurrently, so that reports go on when the object store or the API does not answer.
    const startUpload = this.#oneAtATime(upload);
    while (this.#options.goesOn(inCallMs()) && !this.#leaveRequested) {
      const startedAt = Date.now() + this.#turns;
      this.#enqueue({
        kind: 'speaker_turn',
        external_id: this.id,
        started_at: new Date(startedAt).toISOString(),
        ended_at: new Date(startedAt + 400).toISOString(),
      });
      this.#turns += 1;
      if (inCallMs() >= pieces * PIECE_EVERY_MS) void startUpload();
      await this.#wait(500);
    }
    await startUpload.running();
    if (this.#ending) throw this.#ending;
    await upload();
    return {
      recording_id: (await part).recordingId,
      media_ms: pieces * PIECE_EVERY_MS,
      parts: [uploaded] as const,
    };
  }

  async #requestPart() {
    const answer = uploadAnswerSchema.parse(
      await this.#call(UPLOADS_PATH, {
        kind: 'recording_parts',
        content_type: 'video/mp4',
        started_at: this.#now(),
        from_part: 1,
        count: 1,
      }),
    );
    if (answer.kind !== 'recording_parts')
      throw new Error(`the answer is about ${answer.kind}, not recording_parts`);
    return { recordingId: answer.recording_id, url: answer.parts[0]?.url ?? '' };
  }

  #status(status: 'IN_WAITING_ROOM' | 'IN_CALL' | 'LEAVING' | 'DONE', subCode: string): ReportEntry {
    return { kind: 'status', at: this.#now(), status, sub_code: subCode };
  }
  #enqueue(...entries: ReportEntry[]): void {
    this.#outbox.push(...entries);
  }
  #now(): string {
    return new Date(this.#serverOriginMs + performance.now() + this.#wallOffsetMs).toISOString();
  }

  /** Waits and sends heartbeats meanwhile. A report without an answer does not hold it up. */
  async #wait(ms: number): Promise<void> {
    const endMs = performance.now() + ms;
    const everyMs = this.#options.reportEveryMs ?? this.#claim?.report_interval_ms ?? 0;
    while (performance.now() < endMs && !this.#leaveRequested) {
      await this.#pass(Math.min(50, endMs - performance.now()));
      const due = performance.now() >= this.#reportedAtMs + everyMs || this.#outbox.length > 0;
      if (this.#claim && due) void this.#startReport();
      if (this.#ending) throw this.#ending;
    }
  }
  async #flush(): Promise<void> {
    while (this.#outbox.length > 0) {
      await this.#startReport();
      if (this.#ending) throw this.#ending;
    }
  }
  /** Lets `work` run once at a time: calls during a run share it. An error of `work` ends the runtime. */
  #oneAtATime(work: () => Promise<void>) {
    let running: Promise<void> | null = null;
    const start = (): Promise<void> => {
      running ??= work()
        .catch((error: unknown) => {
          this.#ending = error;
        })
        .finally(() => {
          running = null;
        });
      return running;
    };
    return Object.assign(start, { running: () => running });
  }
  readonly #startReport = this.#oneAtATime(async () => {
    await this.#report().finally(() => {
      this.#reportedAtMs = performance.now();
    });
  });
  async #report(): Promise<void> {
    if (!this.#claim) return;
    const entries = this.#outbox.slice(0, REPORT_MAX_ENTRIES);
    this.#seq += 1;
    const { attempt, epoch } = this.#claim;
    const body = { attempt, epoch, report_seq: this.#seq, entries };
    const answer = reportAnswerSchema.parse(await this.#call(REPORT_PATH, body));
    this.#outbox.splice(0, entries.length);
    this.#leaseMs = answer.lease_ms;
    if (answer.commands.length > 0) this.#leaveRequested = true;
  }

  /** Repeats a request until it is answered. Throws Gone when the runtime is fenced off. */
  async #call(path: string, body: unknown, token = this.#claim?.session_token ?? ''): Promise<unknown> {
    for (;;) {
      await this.#pass(0);
      const sentAtMs = performance.now();
      try {
        const response = await this.#send(this.order.apiUrl + path, {
          method: 'POST',
          headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
          body: JSON.stringify(body),
        });
        const refused = [401, 404, 409, 410].includes(response.status);
        if (refused && (this.#options.fencing || path === CLAIM_PATH)) throw new Gone(path);
        // Without fencing it goes on as if the request had been accepted.
        if (refused) return { acknowledged_seq: this.#seq, lease_ms: 3_600_000, commands: [] };
        if (response.ok) {
          const answer: unknown = await response.json();
          this.#acceptedAtMs = sentAtMs;
          return answer;
        }
      } catch (error) {
        if (error instanceof Gone) throw error;
      }
      await this.#pass(150);
    }
  }

  async #put(url: string, body: string): Promise<string> {
    for (;;) {
      try {
        const response = await this.#send(url, { method: 'PUT', body });
        const etag = response.headers.get('etag');
        if (response.ok && etag) return etag;
      } catch {
        // The object store is away, or this runtime is cut off: try again.
      }
      await this.#pass(150);
    }
  }

  async #send(url: string, init: RequestInit): Promise<Response> {
    if (performance.now() < this.#cutOffUntilMs) throw new Error('cut off');
    const signal = AbortSignal.any([this.#killed.signal, AbortSignal.timeout(CALL_TIMEOUT_MS)]);
    return fetch(url, { ...init, signal });
  }

  /** Waits `ms`, or longer while it is frozen. Throws Gone when it is killed or its lease has expired. */
  async #pass(ms: number): Promise<void> {
    if (ms > 0) await delay(ms, undefined, { signal: this.#killed.signal }).catch(() => undefined);
    while (performance.now() < this.#frozenUntilMs && !this.hasEnded) await delay(20);
    if (this.hasEnded) throw new Gone('killed');
    if (!this.#options.fencing) return;
    const silentMs = performance.now() - this.#acceptedAtMs;
    if (silentMs > this.#leaseMs * LEASE_SELF_FENCE_SHARE) throw new Gone('its lease has expired');
  }
}
