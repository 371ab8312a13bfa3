// Keeps our requests below Coolify's limit: 200 in a minute for all tokens of one user (API_RATE_LIMIT).
import type { Clock } from './clock.ts';

const WINDOW_MS = 60_000;

export interface Limiter {
  /** Waits for the turn of one request. Rejects when the signal aborts. */
  acquire(signal: AbortSignal): Promise<void>;
  /** No request for so long: Coolify has said when it wants the next one. */
  pause(ms: number): void;
  /** How many requests may be sent at once now. */
  spare(): number;
}

/** At most `perMinute` requests in any 60 seconds, in the order in which they were asked for. */
export function createLimiter(perMinute: number, clock: Clock): Limiter {
  /** When the requests of the last minute were sent, oldest first. */
  let sent: number[] = [];
  let pausedUntilMs = Number.NEGATIVE_INFINITY;
  let last: Promise<void> = Promise.resolve();

  const trim = () => {
    const now = clock.nowMs();
    sent = sent.filter((at) => at > now - WINDOW_MS);
  };
  const waitMs = () => {
    trim();
    const oldest = sent.length < perMinute ? undefined : sent[0];
    const untilMs = Math.max(pausedUntilMs, oldest === undefined ? 0 : oldest + WINDOW_MS);
    return untilMs - clock.nowMs();
  };

  return {
    async acquire(signal) {
      const before = last;
      const mine = Promise.withResolvers<void>();
      last = mine.promise;
      try {
        await before;
        for (;;) {
          signal.throwIfAborted();
          const ms = waitMs();
          if (ms <= 0) break;
          await clock.sleep(ms, signal);
        }
        sent.push(clock.nowMs());
      } finally {
        mine.resolve();
      }
    },
    pause(ms) {
      pausedUntilMs = Math.max(pausedUntilMs, clock.nowMs() + ms);
    },
    spare() {
      trim();
      return clock.nowMs() < pausedUntilMs ? 0 : perMinute - sent.length;
    },
  };
}
