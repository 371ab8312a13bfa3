import { setTimeout as delay } from 'node:timers/promises';

/**
 * Polls every 50 ms until the probe returns something other than undefined, null or false, and returns that.
 * An error of the probe does not end the polling. Throws after the deadline, with `what` and the last value or
 * error.
 */
export async function eventually<T>(
  what: string,
  probe: () => Promise<T | undefined | null | false> | T | undefined | null | false,
  options: { deadlineMs?: number; seen?: () => unknown } = {},
): Promise<T> {
  const deadlineMs = options.deadlineMs ?? 30_000;
  const end = Date.now() + deadlineMs;
  let last: unknown;
  for (;;) {
    try {
      const found = await probe();
      if (found !== undefined && found !== null && found !== false) return found;
      last = options.seen?.() ?? found;
    } catch (error) {
      last = error;
    }
    if (Date.now() > end) {
      const shown = last instanceof Error ? last.message : JSON.stringify(last);
      throw new Error(`not within ${deadlineMs} ms: ${what}; last seen: ${shown}`);
    }
    await delay(50);
  }
}
