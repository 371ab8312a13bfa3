// What the pool stores about each deployment platform: until when it counts as full, and how long its
// launches take.
import type { Db } from '../client.ts';

/** Backoff for a platform that said it is full: the first pause, doubled with each further refusal, and the longest. */
const FULL_FOR_MS = 2_000;
const FULL_FOR_AT_MOST_MS = 60_000;
/** A lead is measured from this many of the latest launches, and only when there are enough. */
const SAMPLES = 200;
const SAMPLES_AT_LEAST = 20;
/** A measured lead is clamped to these bounds. */
const LEAD_AT_LEAST_MS = 1_000;
const LEAD_AT_MOST_MS = 300_000;

export interface PoolPlatform {
  deployment_platform: string;
  /** It said that it is full, and the backoff has not passed yet. */
  is_full: boolean;
  /** Refusals in a row; 0 after a launch. */
  refusals: number;
  /** Measured p95 from slot to browser ready, ms; null until there are enough launches. */
  lead_ms: number | null;
  /** How many bots may run there at once; null until a scheduler has stored it. */
  bot_limit: number | null;
}

/** Reads all platforms that have a row: a handful. */
export function readPoolPlatforms(db: Db): Promise<PoolPlatform[]> {
  return db.$queryRaw<PoolPlatform[]>`
    SELECT deployment_platform, coalesce(full_until > now(), false) AS is_full, refusals, lead_ms, bot_limit
    FROM bot_pool_platforms`;
}

/** Stores that a platform is full: the dispatcher gives out no slot of it until the backoff has passed. Served by the primary key. */
export async function pausePlatform(db: Db, platform: string): Promise<void> {
  await db.$executeRaw`
    INSERT INTO bot_pool_platforms AS p (deployment_platform, full_until, refusals)
    VALUES (${platform}, now() + ${FULL_FOR_MS} * interval '1 ms', 1)
    ON CONFLICT (deployment_platform) DO UPDATE SET
      -- Refusals that arrive during the pause count as one.
      refusals = CASE WHEN p.full_until > now() THEN p.refusals ELSE least(p.refusals + 1, 20) END,
      full_until = CASE WHEN p.full_until > now() THEN p.full_until ELSE
        now() + least(${FULL_FOR_MS} * power(2, p.refusals), ${FULL_FOR_AT_MOST_MS}) * interval '1 ms' END`;
}

/**
 * Measures the lead of each platform from its latest launches: p95 of the time from slot to browser ready
 * (to the claim where no browser was reported ready). Served by deployments_launches.
 */
export async function measureLeads(db: Db, platforms: readonly string[]): Promise<void> {
  await db.$executeRaw`
    INSERT INTO bot_pool_platforms (deployment_platform, lead_ms, lead_samples)
    SELECT platform, least(greatest(p95, ${LEAD_AT_LEAST_MS}), ${LEAD_AT_MOST_MS})::int, n
    FROM unnest(${[...platforms]}::text[]) AS platform, LATERAL (
      SELECT count(*)::int AS n, percentile_cont(0.95) WITHIN GROUP (ORDER BY launch_ms) AS p95 FROM (
        SELECT extract(epoch FROM greatest(d.claimed_at,
          CASE WHEN b.attempt = d.attempt THEN b.browser_ready_at END) - d.created_at) * 1000 AS launch_ms
        FROM deployments d JOIN bots b ON b.id = d.bot_id
        WHERE d.deployment_platform = platform AND d.claimed_at IS NOT NULL
        ORDER BY d.claimed_at DESC LIMIT ${SAMPLES}) launches) measured
    WHERE n >= ${SAMPLES_AT_LEAST}
    ON CONFLICT (deployment_platform) DO UPDATE
      SET lead_ms = excluded.lead_ms, lead_samples = excluded.lead_samples
      WHERE bot_pool_platforms.lead_ms IS DISTINCT FROM excluded.lead_ms`;
}

/**
 * Sets `start_at` of the SCHEDULED bots that start within `withinMs` to their join time less the lead,
 * unless that moves it by 500 ms or less. Their start jobs stay as they are: a job that runs too early
 * changes nothing, and the sweep starts a bot whose job would run too late. Returns how many bots changed.
 * Served by bots_start_at_scheduled.
 */
export function applyLead(db: Db, options: { leadMs: number; withinMs: number }): Promise<number> {
  return db.$executeRaw`
    UPDATE bots SET start_at = greatest(now(), join_at - ${options.leadMs} * interval '1 ms')
    WHERE status = 'SCHEDULED' AND start_at > now()
      AND start_at < now() + ${options.withinMs} * interval '1 ms'
      AND abs(extract(epoch FROM join_at - start_at) * 1000 - ${options.leadMs}) > 500`;
}
