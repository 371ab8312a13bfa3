import { setTimeout as delay } from 'node:timers/promises';

/** The time, for the rules that depend on it. */
export interface Clock {
  /** Milliseconds on a clock that never goes back. */
  nowMs(): number;
  /** Rejects when the signal aborts. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  nowMs: () => performance.now(),
  sleep: async (ms, signal) => void (await delay(ms, undefined, { signal })),
};
