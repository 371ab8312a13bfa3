// The runtime's own side of its lease. Once the lease has run out, the server may send a successor.
// This runtime therefore leaves the meeting earlier, by its own clock, whether or not it hears from the
// server. A lease that has lapsed stays lapsed, even when a late answer renews it: a process that was
// frozen and thawed cannot know what was decided in the meantime.
//
// There is no call that merely asks whether the lease is held. A step that a successor could be taking too
// has a HeldLease as a parameter. Only `Lease.held` creates one, and it throws when the lease has lapsed.
// Code that forgets the check does not compile.
import { LEASE_SELF_FENCE_SHARE } from '@meeboter/domain/bot-protocol.ts';
import type { Clock } from '../clock.ts';

const CHECK_EVERY_MS = 500;

/** Thrown instead of taking a step that needs the lease, when the lease has lapsed. */
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
   * Returns the permission to take a step that a successor could be taking too. Throws LeaseLapsed, or
   * the signal's reason when `signal` is aborted. `signal` ends the step for any other reason.
   */
  held(signal: AbortSignal): HeldLease {
    const held = new HeldLease(() => this.#throwIfLapsed(), signal);
    held.throwIfLost();
    return held;
  }

  /** Renews the lease after a report was accepted, counted from when it was sent: the server renewed later. */
  renew(sentAtMs: number, leaseMs: number): void {
    if (this.#findLapse()) return;
    this.#sinceMs = Math.max(this.#sinceMs, sentAtMs);
    this.#leaseMs = leaseMs;
  }

  /** Checks the lease every half second, and thereby soon after a frozen process was thawed. */
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
 * Proof that the lease was held a moment ago. Steps that a successor could be taking too demand it. A step
 * that takes time calls `throwIfLost` right before each action that cannot be undone.
 */
export class HeldLease {
  readonly #throwIfLapsed: () => void;
  /** Aborted when the bot has to leave, for instance because its lease has lapsed. */
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

  /** The same lease, for a part of the step that `signal` may end earlier. */
  until(signal: AbortSignal): HeldLease {
    return new HeldLease(this.#throwIfLapsed, AbortSignal.any([this.signal, signal]));
  }
}
