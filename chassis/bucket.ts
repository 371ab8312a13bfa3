// The bucket for recordings and evidence: made by the API where it is missing, as
// soon as the store lets it.
import { setTimeout as delay } from 'node:timers/promises';
import type { Log } from './log.ts';
import type { Storage } from './storage.ts';
import { withTimeLimit } from './time-limit.ts';

/** How long a start waits for the store, so that the first booking of a fresh installation finds a bucket. */
const FIRST_TRY_MS = 3_000;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;

/**
 * Makes the bucket where it is missing, and tries again until that works: a program that has other things to
 * do than recordings does not wait for the store. Resolves after the first try, or after `firstTryMs`; what it
 * returns ends the trying.
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
