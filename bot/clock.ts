// Time, injected wherever a rule depends on it.
import { uptime } from 'node:os';
import { setTimeout as timeout } from 'node:timers/promises';

export interface Clock {
  /** For stamps that people and the API read. Never measure with the machine's: it jumps. */
  now(): Date;
  /** A moment that was read from the machine's clock (a page's `Date.now()`), as `now` tells it. */
  stampOf(machineTime: Date): Date;
  /** For spans inside this process. Stands still while the machine sleeps. */
  monotonicMs(): number;
  /** For leases: monotonic, and goes on while the machine sleeps or is frozen. */
  sinceBootMs(): number;
}

export const systemClock: Clock = {
  now: () => new Date(),
  stampOf: (machineTime) => machineTime,
  monotonicMs: () => performance.now(),
  sinceBootMs: () => uptime() * 1000,
};

export interface ServerClock extends Clock {
  /** What the server's clock said in an answer that has just come (RFC 3339). */
  hear(serverTime: string): void;
}

/** Two hands of one machine never agree to the millisecond; further apart than this, it has slept. */
const SLEPT_MS = 1_000;

/**
 * A clock whose `now` is the server's: the machine's may be wrong, or be set while the bot is in its
 * meeting. The first answer has just come: `serverTime` is what the server's clock said in it (RFC 3339),
 * `tookMs` how long the whole call took. So much at most is the clock behind at first, by the answer's way;
 * later answers that were quicker put that right. It goes on while the machine sleeps.
 */
export function onServerTime(clock: Clock, first: { serverTime: string; tookMs: number }): ServerClock {
  const heardAtMs = clock.monotonicMs();
  const heardAtBootMs = clock.sinceBootMs();
  const elapsedMs = () => {
    const awakeMs = clock.monotonicMs() - heardAtMs;
    const inAllMs = clock.sinceBootMs() - heardAtBootMs;
    return inAllMs - awakeMs > SLEPT_MS ? inAllMs : awakeMs;
  };
  const earliestMs = Date.parse(first.serverTime);
  let originMs = earliestMs;
  const nowMs = () => originMs + elapsedMs();
  return {
    ...clock,
    now: () => new Date(nowMs()),
    stampOf: (machineTime) => new Date(nowMs() - (clock.now().getTime() - machineTime.getTime())),
    hear(serverTime) {
      const impliedMs = Date.parse(serverTime) - elapsedMs();
      originMs = Math.min(Math.max(originMs, impliedMs), earliestMs + first.tookMs);
    },
  };
}

/** Waits; rejects with the signal's reason when it is aborted first. */
export async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  await timeout(Math.max(0, ms), undefined, { signal }).catch((error: unknown) => {
    throw signal.aborted ? signal.reason : error;
  });
}

/** Exponential backoff with jitter, so that many runtimes do not come back in step: `tries` counts from 1. */
export function backoffMs(tries: number, firstMs: number, maxMs: number): number {
  const full = Math.min(maxMs, firstMs * 2 ** Math.min(tries - 1, 20));
  return full * (0.75 + Math.random() * 0.25);
}

/** The promise, or a rejection with the signal's reason, whichever is first. The loser's error is dropped. */
export async function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  promise.catch(() => undefined);
  signal.throwIfAborted();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

/** The work's outcome, or `fallback` when the work fails or takes longer than `ms`. The work itself is not stopped. */
export async function orFallback<T, F>(work: Promise<T>, ms: number, fallback: F): Promise<T | F> {
  const timer = new AbortController();
  const late = timeout(ms, fallback, { signal: timer.signal }).catch(() => fallback);
  try {
    return await Promise.race([work.catch(() => fallback), late]);
  } finally {
    timer.abort();
  }
}

/** True when the promise settled in time. Its outcome, good or bad, is not looked at. */
export function settledWithin(promise: Promise<unknown>, ms: number): Promise<boolean> {
  const settled = promise.then(
    () => true,
    () => true,
  );
  return orFallback(settled, ms, false);
}
