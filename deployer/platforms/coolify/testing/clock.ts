import type { Clock } from '../clock.ts';

/** A clock that jumps ahead when somebody sleeps. */
export function jumpingClock(): Clock {
  let now = 0;
  return {
    nowMs: () => now,
    async sleep(ms, signal) {
      signal.throwIfAborted();
      now += ms;
      // Others get their turn, answers over the network too.
      await new Promise((done) => setImmediate(done));
    },
  };
}
