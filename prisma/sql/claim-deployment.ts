import type { Actor } from '@meeboter/domain/events.ts';
import type { Db } from '../client.ts';
import { Prisma } from '../generated/client.ts';
import { statusEventsOf } from './append-events.ts';
import { ints, texts } from './parameter-lists.ts';

export interface Claim {
  deploymentId: string;
  runtimeId: string;
  leaseMs: number;
}

export interface ClaimedDeployment {
  deployment_id: string;
  bot_id: string;
  attempt: number;
  epoch: bigint;
  /** False: the same runtime had claimed it before and lost the answer. */
  fresh: boolean;
  /** What the runtime needs to know of its bot. */
  meeting_platform: string;
  join_url: string;
  display_name: string;
  join_at: Date;
  leave_rules: unknown;
  recording_enabled: boolean;
}

/**
 * Lets a runtime claim a deployment: the bot is JOINING_CALL, with its event, and the lease begins. The
 * first one wins; the same runtime may ask again. Null for every other: claimed by another runtime,
 * over, cancelled, or its slot has been given on or is draining. Waits for the bot's row.
 */
export async function claimDeployment(db: Db, claim: Claim): Promise<ClaimedDeployment | null> {
  const look = async () => (await claimInOrder(db, [claim], Prisma.empty))[0];
  // Looks anew before it refuses: a claim that waited for the bot may have waited for one of the same
  // runtime whose answer was lost, and sees what that one has done only in a statement of its own.
  return (await look()) ?? (await look()) ?? null;
}

/**
 * The same for many at once, in their order. Undefined: not claimed here, because another transaction
 * has the bot's row now, or for any reason to refuse it; `claimDeployment` tells which.
 */
export async function claimDeployments(
  db: Db,
  claims: readonly Claim[],
): Promise<(ClaimedDeployment | undefined)[]> {
  return claimInOrder(db, claims, Prisma.sql`SKIP LOCKED`);
}

/**
 * One statement of the same shape as `transitionBot`: a thousand bots of one second claim at once, and
 * an account's counter is locked no longer than it takes. The bots are locked first, as everywhere;
 * deployment and slot are read under locks of their own, so that they are as they are now. Two runtimes
 * of one deployment in one go: one of them wins. Served by the primary keys.
 */
async function claimInOrder(
  db: Db,
  claims: readonly Claim[],
  whenLocked: Prisma.Sql,
): Promise<(ClaimedDeployment | undefined)[]> {
  const rows = await db.$queryRaw<(ClaimedDeployment & { n: number })[]>`
    WITH asked AS MATERIALIZED (
      SELECT DISTINCT ON (deployment_id) * FROM unnest(
        ${texts(claims.map((it) => it.deploymentId))}, ${texts(claims.map((it) => it.runtimeId))},
        ${ints(claims.map((it) => it.leaseMs))}
      ) WITH ORDINALITY AS a(deployment_id, runtime_id, lease_ms, n)
    ), bot AS MATERIALIZED (
      SELECT b.*, a.deployment_id, a.runtime_id, a.lease_ms, a.n
      FROM asked a JOIN deployments d ON d.id = a.deployment_id JOIN bots b ON b.id = d.bot_id
      ORDER BY b.id FOR UPDATE OF b ${whenLocked}
    ), before AS MATERIALIZED (
      SELECT d.id, d.state, d.slot_id, d.bot_id, bot.runtime_id, bot.lease_ms
      FROM bot
      JOIN deployments d ON d.id = bot.deployment_id AND d.bot_id = bot.id
      JOIN bot_pool_slots s ON s.id = d.slot_id AND s.lease_epoch = d.epoch AND s.bot_id = d.bot_id
      WHERE s.draining_at IS NULL
        AND (d.state IN ('intent', 'started') AND bot.status = 'DEPLOYING' AND bot.attempt = d.attempt
          OR d.state = 'claimed' AND d.runtime_id = bot.runtime_id)
      FOR UPDATE OF s, d
    ), leased AS (
      UPDATE bot_pool_slots s SET state = 'busy', lease_expires_at = now() + before.lease_ms * interval '1 ms'
      FROM before WHERE s.id = before.slot_id
    ), moved AS (
      UPDATE bots b SET status = 'JOINING_CALL', sub_code = 'claimed', detail = NULL, claimed_at = now(),
        event_seq = b.event_seq + 1
      FROM before WHERE b.id = before.bot_id AND before.state <> 'claimed'
      RETURNING b.id, b.user_id, b.attempt, b.event_seq, b.sub_code,
        'DEPLOYING' AS from_status, b.status AS to_status,
        jsonb_build_object('actor', ${'runtime' satisfies Actor}::text,
          'facts', jsonb_build_object('deployment_id', before.id)) AS said
    ), told AS (${statusEventsOf(Prisma.sql`moved`)}
    )
    UPDATE deployments d SET state = 'claimed', runtime_id = before.runtime_id,
      claimed_at = coalesce(d.claimed_at, now()), last_report_at = now()
    FROM before JOIN bot ON bot.deployment_id = before.id WHERE d.id = before.id
    RETURNING bot.n::int, d.id AS deployment_id, d.bot_id, d.attempt, d.epoch, before.state <> 'claimed' AS fresh,
      bot.meeting_platform, bot.join_url, bot.display_name, bot.join_at, bot.leave_rules, bot.recording_enabled`;
  const byNumber = new Map(rows.map(({ n, ...claimed }) => [n, claimed]));
  return claims.map((_, index) => byNumber.get(index + 1));
}
