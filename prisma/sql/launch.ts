// The two steps around the platform's call, each for one deployment or for many at once.
import type { Db } from '../client.ts';
import { Prisma } from '../generated/client.ts';
import type { Deployed, OpenDeployment } from './deployment-steps.ts';
import { texts } from './parameter-lists.ts';

export type Launch = Pick<OpenDeployment, keyof Deployed | 'bot_id' | 'attempt' | 'deployment_platform'>;

export interface LaunchOptions {
  /** How long a launch may take, ms, by deployment platform. */
  launchTimeoutsMs: Readonly<Record<string, number>>;
  /** The machine of this deployer. A local deployment that another one has begun is left to that one. */
  host: string;
}

/**
 * Before the platform is called: renews the launch lease, stamps the moment, and returns what there is
 * to start. Null: it was started, given up, begun on another machine, or its slot is no longer this
 * deployment's. Waits for the bot's row.
 */
export async function beginLaunch(
  db: Db,
  deploymentId: string,
  options: LaunchOptions,
): Promise<Launch | null> {
  const [launch] = await beginInOrder(db, [deploymentId], options, Prisma.empty);
  return launch ?? null;
}

/**
 * The same for many at once, in their order. Undefined: not begun here, because another transaction has
 * the bot's row now, or because there is nothing to start; `beginLaunch` tells which.
 */
export async function beginLaunches(
  db: Db,
  deploymentIds: readonly string[],
  options: LaunchOptions,
): Promise<(Launch | undefined)[]> {
  return beginInOrder(db, deploymentIds, options, Prisma.sql`SKIP LOCKED`);
}

/** The bots are locked first, as everywhere; the slots' rows are checked as they are now. Served by the primary keys. */
async function beginInOrder(
  db: Db,
  deploymentIds: readonly string[],
  { launchTimeoutsMs, host }: LaunchOptions,
  whenLocked: Prisma.Sql,
): Promise<(Launch | undefined)[]> {
  const rows = await db.$queryRaw<Launch[]>`
    WITH bot AS MATERIALIZED (
      SELECT b.id, d.id AS deployment_id
      FROM unnest(${texts(deploymentIds)}) AS a(deployment_id)
      JOIN deployments d ON d.id = a.deployment_id JOIN bots b ON b.id = d.bot_id
      ORDER BY b.id FOR UPDATE OF b ${whenLocked}
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
  const byId = new Map(rows.map((launch) => [launch.id, launch]));
  return deploymentIds.map((id) => byId.get(id));
}

export interface Started {
  deploymentId: string;
  externalRef: string;
}

/**
 * The platform has taken it, so it is not full. A runtime that claimed in the meantime is further than
 * `started`. True when the platform was thought to be full. Waits for the deployment's row.
 */
export async function markStarted(db: Db, started: Started): Promise<boolean> {
  const [resumed] = await markInOrder(db, [started], Prisma.empty);
  return resumed ?? false;
}

/**
 * The same for many at once, in their order. Undefined: not marked here, because another transaction has
 * the row now, or because the deployment is over; `markStarted` tells which.
 */
export async function markAllStarted(db: Db, started: readonly Started[]): Promise<(boolean | undefined)[]> {
  return markInOrder(db, started, Prisma.sql`SKIP LOCKED`);
}

/**
 * Locks deployments without their bots, several at once: it must not wait for one, as a claim has both.
 * Served by the primary keys.
 */
async function markInOrder(
  db: Db,
  started: readonly Started[],
  whenLocked: Prisma.Sql,
): Promise<(boolean | undefined)[]> {
  const rows = await db.$queryRaw<{ id: string; resumed: boolean }[]>`
    WITH locked AS MATERIALIZED (
      SELECT d.id, a.external_ref
      FROM unnest(
        ${texts(started.map((it) => it.deploymentId))}, ${texts(started.map((it) => it.externalRef))}
      ) AS a(deployment_id, external_ref)
      JOIN deployments d ON d.id = a.deployment_id WHERE d.state <> 'ended'
      ORDER BY d.id FOR UPDATE OF d ${whenLocked}
    ), started AS (
      UPDATE deployments d SET external_ref = locked.external_ref, started_at = coalesce(d.started_at, now()),
        state = CASE WHEN d.state = 'intent' THEN 'started' ELSE d.state END
      FROM locked WHERE d.id = locked.id
      RETURNING d.id, d.deployment_platform
    ), resumed AS (
      UPDATE bot_pool_platforms p SET refusals = 0, full_until = NULL
      WHERE p.refusals > 0 AND p.deployment_platform IN (SELECT deployment_platform FROM started)
      RETURNING p.deployment_platform
    )
    SELECT id, deployment_platform IN (SELECT deployment_platform FROM resumed) AS resumed FROM started`;
  const byId = new Map(rows.map(({ id, resumed }) => [id, resumed]));
  return started.map(({ deploymentId }) => byId.get(deploymentId));
}
