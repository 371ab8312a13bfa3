// Rules of a booking that several rooms need.

/** Each level of priority is a head start of this length in the queue. A head start, not precedence: nobody starves. */
export const PRIORITY_HEAD_START_MS = 60_000;

/** A join time may lie at most this far ahead. */
export const LONGEST_AHEAD_MS = 366 * 24 * 3600_000;
/** A join time up to this far in the past counts as now: clocks differ, and requests take time. */
export const PAST_TOLERANCE_MS = 30_000;

/** The moment from which a bot is wanted, in ms since 1970: its join time, or its booking when that is later. */
export function wantedAtMs({ joinAt, createdAt }: { joinAt: Date; createdAt: Date }): number {
  return Math.max(joinAt.getTime(), createdAt.getTime());
}

/** The sort key in the queue: earlier is served first. */
export function orderKey(booking: { joinAt: Date; createdAt: Date; priority: number }): Date {
  return new Date(wantedAtMs(booking) - booking.priority * PRIORITY_HEAD_START_MS);
}

/** When a bot should get into the queue for a slot. */
export function startAt(joinAt: Date, leadMs: number): Date {
  return new Date(joinAt.getTime() - leadMs);
}
