// Rules of a booking that both the API and the scheduler need.

/** One level of priority counts as this much time in the line: a head start, never starvation. */
export const PRIORITY_HEAD_START_MS = 60_000;

/**
 * How long before its join time a bot should want its slot, in ms, by deployment platform. From the
 * hint to a browser that stands before the meeting's door; on one machine a loaded browser needs
 * most of it.
 */
const DEFAULT_LEAD_MS: ReadonlyMap<string, number> = new Map([
  ['local', 10_000],
  ['k8s', 60_000],
  ['aws', 90_000],
  ['coolify', 45_000],
]);

/** A booking lies at most this far ahead. */
export const LONGEST_AHEAD_MS = 366 * 24 * 3600_000;
/** A join time this little in the past means now: clocks differ, and requests take time. */
export const PAST_TOLERANCE_MS = 30_000;

/** The moment from which a bot is wanted, ms since 1970: one that was booked for before, from its booking. */
export function wantedAtMs({ joinAt, createdAt }: { joinAt: Date; createdAt: Date }): number {
  return Math.max(joinAt.getTime(), createdAt.getTime());
}

/** Place in the line: earlier is served first. */
export function orderKey(booking: { joinAt: Date; createdAt: Date; priority: number }): Date {
  return new Date(wantedAtMs(booking) - booking.priority * PRIORITY_HEAD_START_MS);
}

/** The lead of a deployment platform while nothing was measured there, ms. */
export function assumedLeadMs(deploymentPlatform: string): number {
  return DEFAULT_LEAD_MS.get(deploymentPlatform) ?? 60_000;
}

/** When a bot should want its slot. */
export function startAt(joinAt: Date, leadMs: number): Date {
  return new Date(joinAt.getTime() - leadMs);
}
