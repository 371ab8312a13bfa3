import type { Actor } from '@meeboter/domain/events.ts';
import type { Db } from '../client.ts';
import { Prisma } from '../generated/client.ts';
import { statusEventsOf } from './append-events.ts';

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
  /** False: the same runtime had claimed it before, and did not get the answer. */
  fresh: boolean;
  // The bot, as its runtime has to know it.
  meeting_platform: string;
  join_url: string;
  meeting_passcode: string | null;
  display_name: string;
  join_at: Date;
  end_at: Date | null;
  leave_rules: unknown;
  note_takers: string[];
  entry_message: string | null;
  recording_enabled: boolean;
}

/**
 * Lets a runtime claim a deployment: moves the bot to JOINING_CALL, with its event, and starts the lease. The
 * first runtime wins; when the same runtime claims again, it gets the same answer. Null when another runtime has
 * claimed the deployment, when it has ended or its bot was cancelled, or when its slot is draining or belongs to
 * another deployment. Waits for the bot's lock. Served by the primary keys.
 */
export async function claimDeployment(db: Db, claim: Claim): Promise<ClaimedDeployment | null> {
  const tryClaim = async () => (await claimAll(db, [claim], Prisma.empty))[0];
  // Tries twice: the first statement may have waited for an earlier claim of the same runtime, whose answer was
  // lost, and only a new statement sees what that claim has committed.
  return (await tryClaim()) ?? (await tryClaim()) ?? null;
}

/**
 * Serves several claims with one statement, and returns the answers in their order. Undefined: not claimed here,
 * because another transaction has locked the bot, or because the claim has to be refused; `claimDeployment` tells
 * which.
 */
export function claimDeployments(
  db: Db,
  claims: readonly Claim[],
): Promise<(ClaimedDeployment | undefined)[]> {
  return claimAll(db, claims, Prisma.sql`SKIP LOCKED`);
}

/**
 * Locks the bots in the order of their ids, then their slots and deployments; the rows are checked as they are after
 * the wait. When two runtimes claim the same deployment, one of the claims is served.
 */
async function claimAll(
  db: Db,
  claims: readonly Claim[],
  ifLocked: Prisma.Sql,
): Promise<(ClaimedDeployment | undefined)[]> {
  const rows = await db.$queryRaw<(ClaimedDeployment & { n: number })[]>`
    WITH claims AS MATERIALIZED (
      SELECT DISTINCT ON (deployment_id) * FROM unnest(
        ${claims.map(({ deploymentId }) => deploymentId)}::text[],
        ${claims.map(({ runtimeId }) => runtimeId)}::text[], ${claims.map(({ leaseMs }) => leaseMs)}::int[]
      ) WITH ORDINALITY AS c(deployment_id, runtime_id, lease_ms, n)
    ), bot AS MATERIALIZED (
      SELECT b.*, c.deployment_id, c.runtime_id, c.lease_ms, c.n
      FROM claims c JOIN deployments d ON d.id = c.deployment_id JOIN bots b ON b.id = d.bot_id
      ORDER BY b.id FOR UPDATE OF b ${ifLocked}
    ), before AS MATERIALIZED (
      SELECT d.id, d.state, d.slot_id, d.bot_id, d.deployment_platform, bot.runtime_id, bot.lease_ms
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
        'DEPLOYING' AS from_status, b.status AS to_status, jsonb_build_object(
          'actor', ${'runtime' satisfies Actor}::text, 'facts', jsonb_build_object('deployment_id', before.id)) AS details
    ), logged AS (${statusEventsOf(Prisma.sql`moved`)}
    ), recovered AS (
      -- A runtime that claims proves that its platform works: its breaker closes.
      UPDATE bot_pool_platforms p SET failures = 0, out_until = NULL
      WHERE p.failures > 0 AND p.deployment_platform IN (SELECT deployment_platform FROM before)
    )
    UPDATE deployments d SET state = 'claimed', runtime_id = before.runtime_id,
      claimed_at = coalesce(d.claimed_at, now()), last_report_at = now()
    FROM before JOIN bot ON bot.deployment_id = before.id WHERE d.id = before.id
    RETURNING bot.n::int, d.id AS deployment_id, d.bot_id, d.attempt, d.epoch, before.state <> 'claimed' AS fresh,
      bot.meeting_platform, bot.join_url, bot.meeting_passcode, bot.display_name, bot.join_at, bot.end_at,
      bot.leave_rules, bot.note_takers, bot.entry_message, bot.recording_enabled`;
  const byNumber = new Map(rows.map(({ n, ...claimed }) => [n, claimed]));
  return claims.map((_, index) => byNumber.get(index + 1));
}
