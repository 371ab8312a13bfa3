// The runtime's own side of the lease. The server may send a successor once
// the lease has run out; so this runtime is out of the meeting before that,
// whatever it hears or does not hear. Lapsed is lapsed: a late answer does not
// bring the lease back, because a thawed process cannot know what was decided
// while it stood still.
import { LEASE_SELF_FENCE_SHARE } from '@meeboter/domain/bot-protocol.ts';
import type { Clock } from '../clock.ts';

const CHECK_EVERY_MS = 500;

export class LeaseClock {
  readonly #clock: Pick<Clock, 'sinceBootMs'>;
  readonly #onLapsed: (ageMs: number) => void;
  #sinceMs: number;
  #leaseMs: number;
  #lapsed = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: {
    clock: Pick<Clock, 'sinceBootMs'>;
    sinceMs: number;
    leaseMs: number;
    onLapsed: (ageMs: number) => void;
  }) {
    this.#clock = options.clock;
    this.#sinceMs = options.sinceMs;
    this.#leaseMs = options.leaseMs;
    this.#onLapsed = options.onLapsed;
  }

  /** An accepted report: counted from when it was sent, since the server cannot have renewed before. */
  renew(sentAtMs: number, leaseMs: number): void {
    if (!this.held()) return;
    this.#sinceMs = Math.max(this.#sinceMs, sentAtMs);
    this.#leaseMs = leaseMs;
  }

  /** Look before every step that a successor could be doing too. */
  held(): boolean {
    if (this.#lapsed) return false;
    const ageMs = this.#clock.sinceBootMs() - this.#sinceMs;
    if (ageMs < this.#leaseMs * LEASE_SELF_FENCE_SHARE) return true;
    this.#lapsed = true;
    this.stop();
    this.#onLapsed(ageMs);
    return false;
  }

  /** Looks by itself, also right after the process was frozen and thawed. */
  start(): void {
    this.#timer = setInterval(() => this.held(), CHECK_EVERY_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
