import { newId } from '@meeboter/domain/ids.ts';
import type { Db } from '../client.ts';

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
 * over, cancelled, or its slot has been given on or is draining.
 *
 * One statement of the same shape as `transitionBot`: a thousand bots of one second claim at once, and
 * an account's counter is locked no longer than it takes. The bot is locked first, as everywhere;
 * deployment and slot are read under locks of their own, so that they are as they are now. Served by
 * the primary keys.
 */
export async function claimDeployment(
  db: Db,
  options: { deploymentId: string; runtimeId: string; leaseMs: number },
): Promise<ClaimedDeployment | null> {
  const rows = await db.$queryRaw<ClaimedDeployment[]>`
    WITH bot AS MATERIALIZED (
      SELECT b.* FROM bots b JOIN deployments d ON d.bot_id = b.id
      WHERE d.id = ${options.deploymentId} FOR UPDATE OF b
    ), before AS MATERIALIZED (
      SELECT d.id, d.state, d.slot_id, d.bot_id FROM bot
      JOIN deployments d ON d.bot_id = bot.id
      JOIN bot_pool_slots s ON s.id = d.slot_id AND s.lease_epoch = d.epoch AND s.bot_id = d.bot_id
      WHERE d.id = ${options.deploymentId} AND s.draining_at IS NULL
        AND (d.state IN ('intent', 'started') AND bot.status = 'DEPLOYING' AND bot.attempt = d.attempt
          OR d.state = 'claimed' AND d.runtime_id = ${options.runtimeId})
      FOR UPDATE OF d, s
    ), leased AS (
      UPDATE bot_pool_slots s SET state = 'busy',
        lease_expires_at = now() + ${options.leaseMs} * interval '1 ms'
      FROM before WHERE s.id = before.slot_id
    ), moved AS (
      UPDATE bots b SET status = 'JOINING_CALL', sub_code = 'claimed', detail = NULL, claimed_at = now()
      FROM before WHERE b.id = before.bot_id AND before.state <> 'claimed'
      RETURNING b.id, b.user_id, b.attempt
    ), counted AS (
      UPDATE subscription s SET event_seq = event_seq + 1 FROM moved WHERE s.user_id = moved.user_id
      RETURNING s.event_seq
    ), told AS (
      INSERT INTO events (id, user_id, seq, bot_id, type, sub_code, payload, attempt)
      SELECT ${newId('evt')}, moved.user_id, counted.event_seq, moved.id, 'bot.status_changed', 'claimed',
        jsonb_build_object('from', 'DEPLOYING', 'to', 'JOINING_CALL', 'actor', 'runtime',
          'facts', jsonb_build_object('deployment_id', ${options.deploymentId}::text)), moved.attempt
      FROM moved, counted
    )
    UPDATE deployments d SET state = 'claimed', runtime_id = ${options.runtimeId},
      claimed_at = coalesce(d.claimed_at, now()), last_report_at = now()
    FROM before, bot WHERE d.id = before.id
    RETURNING d.id AS deployment_id, d.bot_id, d.attempt, d.epoch, before.state <> 'claimed' AS fresh,
      bot.meeting_platform, bot.join_url, bot.display_name, bot.join_at, bot.leave_rules, bot.recording_enabled`;
  return rows[0] ?? null;
}
