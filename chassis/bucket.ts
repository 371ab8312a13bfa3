// Creates the bucket for recordings and evidence where it is missing.
import { setTimeout as delay } from 'node:timers/promises';
import type { Log } from './log.ts';
import type { Storage } from './storage.ts';
import { withTimeLimit } from './time-limit.ts';

/** How long a start waits for the store, so that a new installation has its bucket before the first booking. */
const FIRST_TRY_MS = 3_000;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;

/**
 * Creates the bucket where it is missing, and tries again in the background, with a growing pause, until that
 * works: the API can do most of its work without the store. Resolves after the first try, or after `firstTryMs`.
 * The returned function ends the tries.
 */
export async function provideBucket(
  storage: Pick<Storage, 'ensureBucket'>,
  log: Log,
  { firstTryMs = FIRST_TRY_MS, firstPauseMs = FIRST_PAUSE_MS } = {},
): Promise<() => void> {
  const ended = new AbortController();
  const { signal } = ended;
  const attempt = async () => {
    try {
      await storage.ensureBucket();
      return true;
    } catch (err) {
      if (!signal.aborted) log.warn({ err }, 'the bucket is not there yet; trying again');
      return false;
    }
  };
  const first = attempt();
  const others = async () => {
    if (await first) return;
    for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
      await delay(pauseMs, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      if (await attempt()) return log.info('the bucket is there');
    }
  };
  void others();
  await withTimeLimit(firstTryMs, () => first).catch(() => undefined);
  return () => ended.abort();
}
