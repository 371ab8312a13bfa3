// Rules of a booking that several rooms need.

/** Each level of priority is a head start of this length in the queue. A head start, not precedence: nobody starves. */
export const PRIORITY_HEAD_START_MS = 60_000;

/**
 * The lead before anything was measured, in ms, by deployment platform: the time from the deploy hint to
 * a browser that is ready to knock. On a single machine, starting the browser takes most of it.
 */
const DEFAULT_LEAD_MS: ReadonlyMap<string, number> = new Map([
  ['local', 10_000],
  ['k8s', 60_000],
  ['aws', 90_000],
  ['coolify', 45_000],
]);

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

/** The lead of a deployment platform for which nothing was measured yet, in ms. */
export function assumedLeadMs(deploymentPlatform: string): number {
  return DEFAULT_LEAD_MS.get(deploymentPlatform) ?? 60_000;
}

/** When a bot should get into the queue for a slot. */
export function startAt(joinAt: Date, leadMs: number): Date {
  return new Date(joinAt.getTime() - leadMs);
}
