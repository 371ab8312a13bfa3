// Why the bot goes: asked once, heard everywhere. Whoever waits for something
// waits with `signal`, and looks at `asked` when it fires.
import type { LeaveReason } from '@meeboter/domain/reasons.ts';
import { MeetingFault } from './meeting.ts';

export type Facts = Record<string, string | number | boolean>;

export type Ending =
  /** In good order: a rule, the user, the platform, the machine. */
  | { kind: 'leave'; reason: LeaveReason; facts: Facts }
  /** This runtime may not go on: the server said so, or its lease ran out by its own clock. */
  | { kind: 'fenced'; by: 'server' | 'clock' }
  /** Something failed. */
  | { kind: 'fault'; fault: MeetingFault };

/** Any error as a fault with a reason. */
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

  /** The first one counts. True when it was this one. */
  ask(ending: Ending): boolean {
    if (this.#asked) return false;
    this.#asked = ending;
    this.#abort.abort(new Error(`departure: ${ending.kind}`));
    return true;
  }

  /** Asks with whatever was thrown, unless the throw is only the echo of an earlier asking. */
  askFor(error: unknown): Ending {
    const ending: Ending = { kind: 'fault', fault: asFault(error) };
    this.ask(ending);
    return this.#asked ?? ending;
  }
}

/** A point in time that can only come nearer. */
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
