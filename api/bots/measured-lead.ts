// How long launches take, as the scheduler measured it: a booking's start time hangs on it.
import type { Database } from '@meeboter/prisma/client.ts';
import { readPoolPlatforms } from '@meeboter/prisma/sql/pool-platforms.ts';

/** It changes by the minute at most, and a booking must not pay for it. */
const CACHE_MS = 15_000;
const cache = new WeakMap<Database, { untilMs: number; leads: Map<string, number | null> }>();

/** The measured lead of a deployment platform, ms; null while there is none. At most 15 s old. */
export async function measuredLead(db: Database, platform: string): Promise<number | null> {
  let known = cache.get(db);
  if (!known || performance.now() > known.untilMs) {
    const rows = await readPoolPlatforms(db);
    known = {
      untilMs: performance.now() + CACHE_MS,
      leads: new Map(rows.map((row) => [row.deployment_platform, row.lead_ms])),
    };
    cache.set(db, known);
  }
  return known.leads.get(platform) ?? null;
}
