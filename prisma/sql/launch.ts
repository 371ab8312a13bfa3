// The statements before and after the call of the platform that starts a runtime.
import type { Db } from '../client.ts';
import { Prisma } from '../generated/client.ts';
import type { Deployed, OpenDeployment } from './deployment-steps.ts';

/** A deployment that has to be started, with what its platform has to know. */
export type Launch = Pick<
  OpenDeployment,
  keyof Deployed | 'bot_id' | 'attempt' | 'deployment_platform' | 'slot_number' | 'application'
> & {
  meeting_platform: string;
};

export interface LaunchOptions {
  /** How long a launch may take, ms, by deployment platform. */
  launchTimeoutsMs: Readonly<Record<string, number>>;
  /** The identity of this machine, by platform whose runtimes are processes of one machine. A deployment that was begun on another machine is left to that one. */
  hosts: Readonly<Record<string, string>>;
}

/**
 * Call it before the platform is called: renews the leases of deployments for their launch, stamps
 * `deploy_requested_at`, and returns the deployments that have to be started, in no particular order. Left out:
 * deployments that were started or given up, those that were begun on another machine, and those whose slot
 * has another epoch. Locks the bots in the order of their ids, then the slots; their rows are checked as they
 * are after the wait. Served by the primary keys.
 */
export async function beginLaunches(
  db: Db,
  deploymentIds: readonly string[],
  { launchTimeoutsMs, hosts }: LaunchOptions,
): Promise<Launch[]> {
  return db.$queryRaw<Launch[]>`
    WITH bot AS MATERIALIZED (
      SELECT b.id, b.meeting_platform, d.id AS deployment_id FROM deployments d JOIN bots b ON b.id = d.bot_id
      WHERE d.id = ANY(${[...deploymentIds]}::text[])
      ORDER BY b.id FOR UPDATE OF b
    ), leased AS (
      UPDATE bot_pool_slots s SET lease_expires_at = now() +
        (${JSON.stringify(launchTimeoutsMs)}::jsonb ->> d.deployment_platform)::int * interval '1 ms'
      FROM bot JOIN deployments d ON d.id = bot.deployment_id AND d.bot_id = bot.id
      WHERE d.state = 'intent' AND s.id = d.slot_id AND s.lease_epoch = d.epoch AND s.state = 'deploying'
        AND (d.host IS NULL OR d.host = ${JSON.stringify(hosts)}::jsonb ->> d.deployment_platform)
      RETURNING d.id, d.slot_id, d.epoch, d.bot_id, d.attempt, d.deployment_platform, s.number AS slot_number,
        s.application, bot.meeting_platform
    ), hosted AS (
      UPDATE deployments d SET host = ${JSON.stringify(hosts)}::jsonb ->> d.deployment_platform
      FROM leased WHERE d.id = leased.id AND d.host IS NULL AND ${JSON.stringify(hosts)}::jsonb ? d.deployment_platform
    ), stamped AS (
      UPDATE bots b SET deploy_requested_at = coalesce(b.deploy_requested_at, now())
      FROM leased WHERE b.id = leased.bot_id AND b.status = 'DEPLOYING'
    )
    SELECT * FROM leased`;
}

/**
 * Reads whether a deployment that was begun is still to be started, and whether its platform's breaker has opened
 * meanwhile. Served by the primary keys.
 */
export async function readLaunch(
  db: Db,
  { id, slot_id, epoch }: Deployed,
): Promise<{ is_wanted: boolean; is_out: boolean }> {
  const [row] = await db.$queryRaw<{ is_wanted: boolean; is_out: boolean }[]>`
    SELECT d.state = 'intent' AND s.draining_at IS NULL AS is_wanted, coalesce(p.out_until > now(), false) AS is_out
    FROM deployments d
    JOIN bot_pool_slots s ON s.id = ${slot_id} AND s.lease_epoch = ${epoch}
    LEFT JOIN bot_pool_platforms p ON p.deployment_platform = d.deployment_platform
    WHERE d.id = ${id}`;
  return row ?? { is_wanted: false, is_out: false };
}

export interface Started {
  deploymentId: string;
  externalRef: string;
}

/**
 * Stores that the platform has started a deployment, and that it is therefore not full. A deployment that its
 * runtime has claimed in the meantime stays `claimed`. Returns true when the platform counted as full before.
 * Locks the deployment's row, and the platform's when that changes. Served by the primary keys.
 */
export async function markStarted(db: Db, start: Started): Promise<boolean> {
  return (await markAll(db, [start], Prisma.empty))[0] ?? false;
}

/**
 * The same for several deployments with one statement, in their order. Undefined: not marked here, because another
 * transaction has locked the deployment, or because it has ended.
 */
export function markAllStarted(db: Db, starts: readonly Started[]): Promise<(boolean | undefined)[]> {
  return markAll(db, starts, Prisma.sql`SKIP LOCKED`);
}

async function markAll(
  db: Db,
  starts: readonly Started[],
  ifLocked: Prisma.Sql,
): Promise<(boolean | undefined)[]> {
  const marked = await db.$queryRaw<{ id: string; resumed: boolean }[]>`
    WITH starts AS MATERIALIZED (
      SELECT d.id, s.ref FROM unnest(
        ${starts.map(({ deploymentId }) => deploymentId)}::text[], ${starts.map(({ externalRef }) => externalRef)}::text[]
      ) AS s(id, ref) JOIN deployments d USING (id)
      WHERE d.state <> 'ended' FOR NO KEY UPDATE OF d ${ifLocked}
    ), started AS (
      UPDATE deployments d SET external_ref = starts.ref, started_at = coalesce(d.started_at, now()),
        state = CASE WHEN d.state = 'intent' THEN 'started' ELSE d.state END
      FROM starts WHERE d.id = starts.id
      RETURNING d.id, d.deployment_platform
    ), resumed AS (
      UPDATE bot_pool_platforms p SET refusals = 0, full_until = NULL
      WHERE p.deployment_platform IN (SELECT deployment_platform FROM started) AND p.refusals > 0
      RETURNING p.deployment_platform
    )
    SELECT id, resumed.deployment_platform IS NOT NULL AS resumed
    FROM started LEFT JOIN resumed USING (deployment_platform)`;
  const byId = new Map(marked.map(({ id, resumed }) => [id, resumed]));
  return starts.map(({ deploymentId }) => byId.get(deploymentId));
}
