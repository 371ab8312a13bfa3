// Repeats a call that ECS refused because there were too many calls. Nothing else is repeated here: the jobs of the
// deployer repeat what may have taken effect.
import { setTimeout as delay } from 'node:timers/promises';
import { Throttled } from './fault.ts';

const TRIES = 5;
const FIRST_MS = 1_000;

export interface Backoff {
  /** Waits. Throws when the signal aborts. */
  pause(ms: number, signal: AbortSignal): Promise<unknown>;
  /** A number from 0 up to 1. */
  random(): number;
}

/** The real one. */
export const BACKOFF: Backoff = {
  pause: (ms, signal) => delay(ms, undefined, { signal }),
  random: Math.random,
};

/**
 * Runs a call up to five times while ECS throttles it, after random pauses of up to 1, 2, 4 and 8 s. Throws the last
 * fault, and what the pause throws when the signal aborts.
 */
export async function whileThrottled<T>(
  call: () => Promise<T>,
  signal: AbortSignal,
  backoff: Backoff,
): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof Throttled) || tries >= TRIES) throw error;
      // Random from zero on: many deployers that were throttled together do not come back together.
      await backoff.pause(FIRST_MS * 2 ** (tries - 1) * backoff.random(), signal);
    }
  }
}
