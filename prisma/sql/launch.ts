// The two steps around the platform's call.
import type { Db } from '../client.ts';
import type { Deployed, OpenDeployment } from './deployment-steps.ts';

export type Launch = Pick<OpenDeployment, keyof Deployed | 'bot_id' | 'attempt' | 'deployment_platform'>;

export interface LaunchOptions {
  /** How long a launch may take, ms, by deployment platform. */
  launchTimeoutsMs: Readonly<Record<string, number>>;
  /** The machine of this deployer. A local deployment that another one has begun is left to that one. */
  host: string;
}

/**
 * Before the platform is called: renews the leases of launches, stamps the moment, and returns what there
 * is to start, in no order. Left out: what was started, given up, or begun on another machine, or whose slot
 * is no longer this deployment's. Locks the bots, in the order of their ids, then the slots, whose
 * rows are checked as they are now. Served by the primary keys.
 */
export async function beginLaunches(
  db: Db,
  deploymentIds: readonly string[],
  { launchTimeoutsMs, host }: LaunchOptions,
): Promise<Launch[]> {
  return db.$queryRaw<Launch[]>`
    WITH bot AS MATERIALIZED (
      SELECT b.id, d.id AS deployment_id FROM deployments d JOIN bots b ON b.id = d.bot_id
      WHERE d.id = ANY(${[...deploymentIds]}::text[])
      ORDER BY b.id FOR UPDATE OF b
    ), leased AS (
      UPDATE bot_pool_slots s SET lease_expires_at = now() +
        (${JSON.stringify(launchTimeoutsMs)}::jsonb ->> d.deployment_platform)::int * interval '1 ms'
      FROM bot JOIN deployments d ON d.id = bot.deployment_id AND d.bot_id = bot.id
      WHERE d.state = 'intent' AND s.id = d.slot_id AND s.lease_epoch = d.epoch AND s.state = 'deploying'
        AND (d.deployment_platform <> 'local' OR coalesce(d.host, ${host}) = ${host})
      RETURNING d.id, d.slot_id, d.epoch, d.bot_id, d.attempt, d.deployment_platform
    ), hosted AS (
      UPDATE deployments d SET host = ${host}
      FROM leased WHERE d.id = leased.id AND leased.deployment_platform = 'local' AND d.host IS NULL
    ), stamped AS (
      UPDATE bots b SET deploy_requested_at = coalesce(b.deploy_requested_at, now())
      FROM leased WHERE b.id = leased.bot_id AND b.status = 'DEPLOYING'
    )
    SELECT * FROM leased`;
}

/**
 * Notes that the platform has taken a deployment, so it is not full. A deployment whose runtime has
 * claimed in the meantime stays `claimed`. True when the platform was thought to be full. Locks the
 * deployment's row alone. Served by the primary keys.
 */
export async function markStarted(
  db: Db,
  { deploymentId, externalRef }: { deploymentId: string; externalRef: string },
): Promise<boolean> {
  const [resumed] = await db.$queryRaw<{ deployment_platform: string }[]>`
    WITH started AS (
      UPDATE deployments SET external_ref = ${externalRef}, started_at = coalesce(started_at, now()),
        state = CASE WHEN state = 'intent' THEN 'started' ELSE state END
      WHERE id = ${deploymentId} AND state <> 'ended'
      RETURNING deployment_platform
    )
    UPDATE bot_pool_platforms p SET refusals = 0, full_until = NULL FROM started
    WHERE p.deployment_platform = started.deployment_platform AND p.refusals > 0
    RETURNING p.deployment_platform`;
  return resumed !== undefined;
}
