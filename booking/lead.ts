// How long before its join time a bot needs a slot: it sets the start time of a booking.
import { bookingLeadMs } from '@meeboter/chassis/lead.ts';
import { type PoolPlatform, readPoolPlatforms } from '@meeboter/prisma/sql/pool-platforms.ts';
import type { BookingContext } from './context.ts';

/** The measured leads change by the minute at most; without a cache every booking would pay for a query. */
const CACHE_MS = 15_000;
const cache = new WeakMap<BookingContext['db'], { untilMs: number; platforms: readonly PoolPlatform[] }>();

/** The lead of a booking made now, ms, from what the pool knew at most 15 s ago. */
export async function currentLeadMs({
  db,
  settings,
}: Pick<BookingContext, 'db' | 'settings'>): Promise<number> {
  let known = cache.get(db);
  if (!known || performance.now() > known.untilMs) {
    const platforms = await readPoolPlatforms(db);
    known = { untilMs: performance.now() + CACHE_MS, platforms };
    cache.set(db, known);
  }
  return bookingLeadMs(settings, known.platforms);
}
