import type { Transaction } from '../client.ts';
import { lockBotOfDeployment } from './lock-bot.ts';

export interface ClaimedDeployment {
  deployment_id: string;
  bot_id: string;
  attempt: number;
  epoch: bigint;
  /** False: the same runtime had claimed it before and lost the answer. */
  fresh: boolean;
}

/**
 * Lets a runtime claim a deployment. The first one wins; the same runtime may ask again. Null for
 * every other: claimed by another runtime, over, or its slot has been given on or is draining.
 * Renews the lease. Served by the primary keys of deployments and bot_pool_slots.
 */
export async function claimDeployment(
  tx: Transaction,
  options: { deploymentId: string; runtimeId: string; leaseMs: number },
): Promise<ClaimedDeployment | null> {
  if (!(await lockBotOfDeployment(tx, options.deploymentId))) return null;
  const rows = await tx.$queryRaw<ClaimedDeployment[]>`
    WITH before AS (
      SELECT d.id, d.state, d.slot_id, d.epoch FROM deployments d
      JOIN bot_pool_slots s ON s.id = d.slot_id AND s.lease_epoch = d.epoch AND s.bot_id = d.bot_id
      WHERE d.id = ${options.deploymentId} AND s.draining_at IS NULL
        AND (d.state IN ('intent', 'started') OR (d.state = 'claimed' AND d.runtime_id = ${options.runtimeId}))
      FOR UPDATE
    ), leased AS (
      UPDATE bot_pool_slots s SET state = 'busy',
        lease_expires_at = now() + ${options.leaseMs} * interval '1 ms'
      FROM before WHERE s.id = before.slot_id
    )
    UPDATE deployments d SET state = 'claimed', runtime_id = ${options.runtimeId},
      claimed_at = coalesce(d.claimed_at, now()), last_report_at = now()
    FROM before WHERE d.id = before.id
    RETURNING d.id AS deployment_id, d.bot_id, d.attempt, d.epoch, before.state <> 'claimed' AS fresh`;
  return rows[0] ?? null;
}
