// What the pool stores about each deployment platform: until when it counts as full, and how long its
// launches take.
import type { Db } from '../client.ts';
import type { LaunchRate } from './dispatch-bots.ts';

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
  /** Its breaker is open: it has failed too often, and the backoff has not passed yet. */
  is_out: boolean;
  /** An operator has drained it: it gets no more bots. */
  is_drained: boolean;
  /** It was full or out, and no launch has succeeded since: it is tried with one bot first. */
  is_on_probation: boolean;
  /** A bot is being launched there. */
  is_launching: boolean;
  /** Refusals in a row; 0 after a launch. */
  refusals: number;
  /** The platform's own words at the last fault. */
  last_fault: string | null;
  /** Measured p95 from slot to browser ready, ms; null until there are enough launches. */
  lead_ms: number | null;
  /** How many bots may run there at once; null until a scheduler has stored it. */
  bot_limit: number | null;
  /** The meeting platforms that it runs bots for; null: all, as far as is known. */
  meeting_platforms: string[] | null;
}

/** Reads all platforms that have a row: a handful. */
export function readPoolPlatforms(db: Db): Promise<PoolPlatform[]> {
  return db.$queryRaw<PoolPlatform[]>`
    SELECT deployment_platform, coalesce(full_until > now(), false) AS is_full,
      coalesce(out_until > now(), false) AS is_out, drained_at IS NOT NULL AS is_drained,
      refusals > 0 OR out_until IS NOT NULL AS is_on_probation,
      EXISTS (SELECT 1 FROM bot_pool_slots s WHERE s.deployment_platform = p.deployment_platform
        AND s.state = 'deploying' AND s.draining_at IS NULL) AS is_launching, refusals, last_fault, lead_ms, bot_limit,
      meeting_platforms
    FROM bot_pool_platforms p`;
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
 * Sets `start_at` of the SCHEDULED bots that start within `withinMs` to their join time less the lead, unless that
 * moves it by 500 ms or less. When more bots are due together than may be launched together, the first of them start
 * earlier, so that the last one still starts in time: bot k starts no later than bot j behind it, less the time that
 * the launches between them take, beyond the burst. Their start jobs stay as they are: a job that runs too early
 * changes nothing, and the sweep starts a bot whose job would run too late. Returns how many bots changed. Served by
 * bots_start_at_scheduled.
 */
export function applyLead(
  db: Db,
  { leadMs, withinMs, launches }: { leadMs: number; withinMs: number; launches: LaunchRate },
): Promise<number> {
  const { burst, perSecond } = launches;
  return db.$executeRaw`
    WITH due AS (
      SELECT id, start_at, join_at - ${leadMs} * interval '1 ms' AS latest,
        row_number() OVER (ORDER BY join_at, order_key, id) / ${perSecond}::float8 * interval '1 s' AS turn
      FROM bots
      WHERE status = 'SCHEDULED' AND start_at > now() AND start_at < now() + ${withinMs} * interval '1 ms'
    ), spread AS (
      SELECT id, start_at, greatest(now(), least(latest, turn + (${burst}::float8 - 1) / ${perSecond}::float8 * interval '1 s'
        + min(latest - turn) OVER (ORDER BY turn ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING))) AS starts
      FROM due
    )
    UPDATE bots b SET start_at = spread.starts FROM spread
    WHERE b.id = spread.id AND b.status = 'SCHEDULED'
      AND abs(extract(epoch FROM spread.starts - spread.start_at)) * 1000 > 500`;
}
