// Clocks, which are injected wherever a rule depends on time, and helpers to wait.
import { uptime } from 'node:os';
import { setTimeout as timeout } from 'node:timers/promises';

export interface Clock {
  /** The time of day, for timestamps that people and the API read. Not for measuring: the machine's clock can jump. */
  now(): Date;
  /** Converts a time read from the machine's clock (such as a page's `Date.now()`) to the time of `now`. */
  stampOf(machineTime: Date): Date;
  /** For measuring durations in this process. Stands still while the machine sleeps. */
  monotonicMs(): number;
  /** For leases: monotonic, and continues while the machine sleeps or is frozen. */
  sinceBootMs(): number;
}

export const systemClock: Clock = {
  now: () => new Date(),
  stampOf: (machineTime) => machineTime,
  monotonicMs: () => performance.now(),
  sinceBootMs: () => uptime() * 1000,
};

export interface ServerClock extends Clock {
  /** Takes into account the server's time (RFC 3339) from an answer that has just arrived. */
  hear(serverTime: string): void;
}

/** The two monotonic clocks differ by some milliseconds. When they differ by more than this, the machine has slept. */
const SLEPT_MS = 1_000;

/**
 * A clock whose `now` is the server's time, since the machine's clock may be wrong or be set during the
 * meeting. Call it when the first answer arrives: `serverTime` is the server's time in it (RFC 3339),
 * `tookMs` is the duration of the whole call. The estimate is late by the time the answer was on its way,
 * at most `tookMs`; quicker answers correct it later. It continues while the machine sleeps.
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

/** Waits `ms`. Rejects with the signal's reason when the signal is aborted first. */
export async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  await timeout(Math.max(0, ms), undefined, { signal }).catch((error: unknown) => {
    throw signal.aborted ? signal.reason : error;
  });
}

/** Exponential backoff with jitter, so that many runtimes do not retry at the same moment. `tries` counts from 1. */
export function backoffMs(tries: number, firstMs: number, maxMs: number): number {
  const full = Math.min(maxMs, firstMs * 2 ** Math.min(tries - 1, 20));
  return full * (0.75 + Math.random() * 0.25);
}

/** Settles as the promise does, or rejects with the signal's reason if that is aborted first. Drops a later error. */
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

/** Resolves to whether the promise settled within `ms`, whatever its outcome. */
export function settledWithin(promise: Promise<unknown>, ms: number): Promise<boolean> {
  const settled = promise.then(
    () => true,
    () => true,
  );
  return orFallback(settled, ms, false);
}
