// The deployment platforms as bookings see them: how early a bot needs its slot, and whose meetings it can join at all.
import { bookingLeadMs } from '@meeboter/chassis/lead.ts';
import { servedMeetings } from '@meeboter/chassis/served.ts';
import type { MeetingPlatform } from '@meeboter/domain/meeting-links/link.ts';
import { type PoolPlatform, readPoolPlatforms } from '@meeboter/prisma/sql/pool-platforms.ts';
import { invalidField } from './booking-error.ts';
import type { BookingContext } from './context.ts';

/** What is stored changes about once a minute, so bookings share one query per 15 s. */
const CACHE_MS = 15_000;
const cache = new WeakMap<BookingContext['db'], { untilMs: number; platforms: readonly PoolPlatform[] }>();

export interface CurrentPlatforms {
  /** How long before its join time a bot should get a slot, ms. */
  leadMs: number;
  /** The meeting platforms that some deployment platform runs bots for. */
  served: readonly MeetingPlatform[];
}

/** What holds for a booking made now; up to 15 s old. */
export async function currentPlatforms({
  db,
  settings,
}: Pick<BookingContext, 'db' | 'settings'>): Promise<CurrentPlatforms> {
  let known = cache.get(db);
  if (!known || performance.now() > known.untilMs) {
    const platforms = await readPoolPlatforms(db);
    known = { untilMs: performance.now() + CACHE_MS, platforms };
    cache.set(db, known);
  }
  const { platforms } = known;
  return { leadMs: bookingLeadMs(settings, platforms), served: servedMeetings(settings, platforms) };
}

/** Throws BookingError when no deployment platform in use runs bots for the meeting. */
export function checkServed(meeting: string, served: readonly string[]): void {
  if (served.includes(meeting)) return;
  throw invalidField(
    'meeting_url',
    'meeting_platform_not_served',
    served.length === 0
      ? 'This installation runs no bots now.'
      : `This installation runs no bots for ${meeting}, only for ${served.join(', ')}.`,
  );
}
