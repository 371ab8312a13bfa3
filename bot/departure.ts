// Why the bot leaves. Any part of the program can ask it to; the first request counts. Every wait takes
// `signal`, which is aborted then, and `asked` holds the reason.
import type { LeaveReason } from '@meeboter/domain/reasons.ts';
import { MeetingFault } from './meeting.ts';

export type Facts = Record<string, string | number | boolean>;

export type Ending =
  /** An orderly end: a leave rule, the user, the platform or the machine asked for it. */
  | { kind: 'leave'; reason: LeaveReason; facts: Facts }
  /** This runtime must stop: the server said so, or its lease lapsed by its own clock. */
  | { kind: 'fenced'; by: 'server' | 'clock' }
  /** Something failed. */
  | { kind: 'fault'; fault: MeetingFault };

/** Turns any error into a fault with a reason. */
function asFault(error: unknown): MeetingFault {
  if (error instanceof MeetingFault) return error;
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return new MeetingFault('internal_error', message, { cause: error });
}

export class Departure {
  readonly #abort = new AbortController();
  #asked: Ending | null = null;

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  get asked(): Ending | null {
    return this.#asked;
  }

  /** Asks the bot to leave. Returns whether this was the first request, which is the one that counts. */
  ask(ending: Ending): boolean {
    if (this.#asked) return false;
    this.#asked = ending;
    this.#abort.abort(new Error(`departure: ${ending.kind}`));
    return true;
  }

  /** Asks because of an error. Returns the reason that counts: an earlier one may have caused the error. */
  askFor(error: unknown): Ending {
    const ending: Ending = { kind: 'fault', fault: asFault(error) };
    this.ask(ending);
    return this.#asked ?? ending;
  }
}

/** A deadline that can be moved to an earlier time, but never to a later one. */
export class Deadline {
  readonly #abort = new AbortController();
  readonly #nowMs: () => number;
  #timer: NodeJS.Timeout | undefined;
  #atMs = Number.POSITIVE_INFINITY;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  remainingMs(): number {
    return Math.max(0, this.#atMs - this.#nowMs());
  }

  endWithin(ms: number): void {
    const atMs = this.#nowMs() + ms;
    if (atMs >= this.#atMs) return;
    this.#atMs = atMs;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#abort.abort(new Error('the deadline has passed')), ms);
    this.#timer.unref();
  }
}
