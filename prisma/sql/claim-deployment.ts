import type { Transaction } from '../client.ts';

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
 * Lets a runtime claim a deployment. The first one wins; the same runtime may ask again. Null for
 * every other: claimed by another runtime, over, or its slot has been given on or is draining.
 * Renews the lease. The bot is locked first, as everywhere; deployment and slot are read under locks
 * of their own, so that they are as they are now. Served by the primary keys.
 */
export async function claimDeployment(
  tx: Transaction,
  options: { deploymentId: string; runtimeId: string; leaseMs: number },
): Promise<ClaimedDeployment | null> {
  const rows = await tx.$queryRaw<ClaimedDeployment[]>`
    WITH bot AS MATERIALIZED (
      SELECT b.* FROM bots b JOIN deployments d ON d.bot_id = b.id
      WHERE d.id = ${options.deploymentId} FOR UPDATE OF b
    ), before AS MATERIALIZED (
      SELECT d.id, d.state, d.slot_id FROM bot
      JOIN deployments d ON d.bot_id = bot.id
      JOIN bot_pool_slots s ON s.id = d.slot_id AND s.lease_epoch = d.epoch AND s.bot_id = d.bot_id
      WHERE d.id = ${options.deploymentId} AND s.draining_at IS NULL
        AND (d.state IN ('intent', 'started') OR (d.state = 'claimed' AND d.runtime_id = ${options.runtimeId}))
      FOR UPDATE OF d, s
    ), leased AS (
      UPDATE bot_pool_slots s SET state = 'busy',
        lease_expires_at = now() + ${options.leaseMs} * interval '1 ms'
      FROM before WHERE s.id = before.slot_id
    )
    UPDATE deployments d SET state = 'claimed', runtime_id = ${options.runtimeId},
      claimed_at = coalesce(d.claimed_at, now()), last_report_at = now()
    FROM before, bot WHERE d.id = before.id
    RETURNING d.id AS deployment_id, d.bot_id, d.attempt, d.epoch, before.state <> 'claimed' AS fresh,
      bot.meeting_platform, bot.join_url, bot.display_name, bot.join_at, bot.leave_rules, bot.recording_enabled`;
  return rows[0] ?? null;
}
