// The lead of a booking: how long before its join time a bot should get a slot.
import { bookingLeadMs } from '@meeboter/chassis/lead.ts';
import { type PoolPlatform, readPoolPlatforms } from '@meeboter/prisma/sql/pool-platforms.ts';
import type { BookingContext } from './context.ts';

/** The measured leads change about once a minute, so bookings share one query per 15 s. */
const CACHE_MS = 15_000;
const cache = new WeakMap<BookingContext['db'], { untilMs: number; platforms: readonly PoolPlatform[] }>();

/** The lead of a booking made now, in ms. Measured leads are up to 15 s old. */
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
