// How long before its join time a bot wants its slot: a booking's start time hangs on it.
import { bookingLeadMs } from '@meeboter/chassis/lead.ts';
import { type PoolPlatform, readPoolPlatforms } from '@meeboter/prisma/sql/pool-platforms.ts';
import type { ApiContext } from '../context.ts';

/** It changes by the minute at most, and a booking must not pay for it. */
const CACHE_MS = 15_000;
const cache = new WeakMap<ApiContext['db'], { untilMs: number; platforms: readonly PoolPlatform[] }>();

/** The lead of a booking, ms, by what the pool knew at most 15 s ago. */
export async function currentLeadMs({ db, settings }: ApiContext): Promise<number> {
  let known = cache.get(db);
  if (!known || performance.now() > known.untilMs) {
    const platforms = await readPoolPlatforms(db);
    known = { untilMs: performance.now() + CACHE_MS, platforms };
    cache.set(db, known);
  }
  return bookingLeadMs(settings, known.platforms);
}
