// The runtime's own side of its lease. Once the lease has run out, the server may send a successor.
// This runtime therefore leaves the meeting earlier, by its own clock, whether or not it hears from the
// server. A lease that has lapsed stays lapsed, even when a late answer renews it: a process that was
// frozen and thawed cannot know what was decided in the meantime.
//
// Nobody asks whether the lease is held. What a successor could be doing too takes a HeldLease, which only
// `Lease.held` makes, and that throws when the lease has lapsed. A forgotten check does not compile.
import { LEASE_SELF_FENCE_SHARE } from '@meeboter/domain/bot-protocol.ts';
import type { Clock } from '../clock.ts';

const CHECK_EVERY_MS = 500;

/** Thrown in place of a step that needs the lease, when the lease has lapsed. */
export class LeaseLapsed extends Error {
  constructor(ageMs: number) {
    super(`the lease lapsed: the last accepted report is ${Math.round(ageMs)} ms old`);
    this.name = 'LeaseLapsed';
  }
}

export class Lease {
  readonly #clock: Pick<Clock, 'sinceBootMs'>;
  readonly #onLapsed: (ageMs: number) => void;
  #sinceMs: number;
  #leaseMs: number;
  #lapsed: LeaseLapsed | null = null;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: {
    clock: Pick<Clock, 'sinceBootMs'>;
    /** When the claim was sent, by `clock.sinceBootMs`. */
    sinceMs: number;
    leaseMs: number;
    /** Called once, at the first check that finds the lease lapsed. */
    onLapsed: (ageMs: number) => void;
  }) {
    this.#clock = options.clock;
    this.#sinceMs = options.sinceMs;
    this.#leaseMs = options.leaseMs;
    this.#onLapsed = options.onLapsed;
  }

  /**
   * The permission to take a step that a successor could be taking too. Throws LeaseLapsed.
   * `signal` aborts the step for any other reason.
   */
  held(signal: AbortSignal): HeldLease {
    const held = new HeldLease(() => this.#throwIfLapsed(), signal);
    held.throwIfLost();
    return held;
  }

  /** A report sent at `sentAtMs` was accepted. It counts from then: the server cannot have renewed before. */
  renew(sentAtMs: number, leaseMs: number): void {
    if (this.#findLapse()) return;
    this.#sinceMs = Math.max(this.#sinceMs, sentAtMs);
    this.#leaseMs = leaseMs;
  }

  /** Checks every half second, which includes the moment after the process was frozen and thawed. */
  startChecking(): void {
    this.#timer = setInterval(() => this.#findLapse(), CHECK_EVERY_MS);
  }

  stopChecking(): void {
    clearInterval(this.#timer);
  }

  #throwIfLapsed(): void {
    const lapsed = this.#findLapse();
    if (lapsed) throw lapsed;
  }

  #findLapse(): LeaseLapsed | null {
    if (this.#lapsed) return this.#lapsed;
    const ageMs = this.#clock.sinceBootMs() - this.#sinceMs;
    if (ageMs < this.#leaseMs * LEASE_SELF_FENCE_SHARE) return null;
    this.#lapsed = new LeaseLapsed(ageMs);
    this.stopChecking();
    this.#onLapsed(ageMs);
    return this.#lapsed;
  }
}

/**
 * The lease was held a moment ago, and can be checked again. Steps that a successor could be taking too
 * demand one. A step of several moments calls `throwIfLost` right before each of its irreversible ones.
 */
export class HeldLease {
  readonly #throwIfLapsed: () => void;
  /** Aborted when the bot has to leave, which includes that its lease has lapsed. */
  readonly signal: AbortSignal;

  constructor(throwIfLapsed: () => void, signal: AbortSignal) {
    this.#throwIfLapsed = throwIfLapsed;
    this.signal = signal;
  }

  /** Throws LeaseLapsed, or the signal's reason when it is aborted. */
  throwIfLost(): void {
    this.#throwIfLapsed();
    this.signal.throwIfAborted();
  }

  /** The same lease for a part of the step that a further signal may end earlier. */
  until(signal: AbortSignal): HeldLease {
    return new HeldLease(this.#throwIfLapsed, AbortSignal.any([this.signal, signal]));
  }
}
