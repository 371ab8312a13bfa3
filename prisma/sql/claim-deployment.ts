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
  display_name: string;
  join_at: Date;
  leave_rules: unknown;
  recording_enabled: boolean;
}

/**
 * Lets a runtime claim a deployment: moves the bot to JOINING_CALL, with its event, and starts the lease. The
 * first runtime wins; when the same runtime claims again, it gets the same answer. Null when another runtime has
 * claimed the deployment, when it has ended or its bot was cancelled, or when its slot is draining or belongs to
 * another deployment. Served by the primary keys.
 */
export async function claimDeployment(db: Db, claim: Claim): Promise<ClaimedDeployment | null> {
  // Tries twice: the first statement may have waited for an earlier claim of the same runtime, whose answer was
  // lost, and only a new statement sees what that claim has committed.
  return (await tryClaim(db, claim)) ?? (await tryClaim(db, claim));
}

/** Locks the bot first, then its slot and deployment; their rows are checked as they are after the wait. */
async function tryClaim(
  db: Db,
  { deploymentId, runtimeId, leaseMs }: Claim,
): Promise<ClaimedDeployment | null> {
  const details = JSON.stringify({
    actor: 'runtime' satisfies Actor,
    facts: { deployment_id: deploymentId },
  });
  const [claimed] = await db.$queryRaw<ClaimedDeployment[]>`
    WITH bot AS MATERIALIZED (
      SELECT b.* FROM deployments d JOIN bots b ON b.id = d.bot_id
      WHERE d.id = ${deploymentId} FOR UPDATE OF b
    ), before AS MATERIALIZED (
      SELECT d.id, d.state, d.slot_id, d.bot_id
      FROM bot
      JOIN deployments d ON d.bot_id = bot.id AND d.id = ${deploymentId}
      JOIN bot_pool_slots s ON s.id = d.slot_id AND s.lease_epoch = d.epoch AND s.bot_id = d.bot_id
      WHERE s.draining_at IS NULL
        AND (d.state IN ('intent', 'started') AND bot.status = 'DEPLOYING' AND bot.attempt = d.attempt
          OR d.state = 'claimed' AND d.runtime_id = ${runtimeId})
      FOR UPDATE OF s, d
    ), leased AS (
      UPDATE bot_pool_slots s SET state = 'busy', lease_expires_at = now() + ${leaseMs} * interval '1 ms'
      FROM before WHERE s.id = before.slot_id
    ), moved AS (
      UPDATE bots b SET status = 'JOINING_CALL', sub_code = 'claimed', detail = NULL, claimed_at = now(),
        event_seq = b.event_seq + 1
      FROM before WHERE b.id = before.bot_id AND before.state <> 'claimed'
      RETURNING b.id, b.user_id, b.attempt, b.event_seq, b.sub_code,
        'DEPLOYING' AS from_status, b.status AS to_status, ${details}::jsonb AS details
    ), logged AS (${statusEventsOf(Prisma.sql`moved`)}
    )
    UPDATE deployments d SET state = 'claimed', runtime_id = ${runtimeId},
      claimed_at = coalesce(d.claimed_at, now()), last_report_at = now()
    FROM before JOIN bot ON bot.id = before.bot_id WHERE d.id = before.id
    RETURNING d.id AS deployment_id, d.bot_id, d.attempt, d.epoch, before.state <> 'claimed' AS fresh,
      bot.meeting_platform, bot.join_url, bot.display_name, bot.join_at, bot.leave_rules, bot.recording_enabled`;
  return claimed ?? null;
}
