import type { BotStatus } from '@meeboter/domain/status.ts';
import type { Transaction } from '../client.ts';
import { lockBotOfDeployment } from './lock-bot.ts';

export interface AcceptedReport {
  bot_id: string;
  user_id: string;
  attempt: number;
  status: BotStatus;
  last_report_seq: number;
  leave_requested: boolean;
}

/**
 * Locks the bot, and checks that a report comes from the runtime that holds it now. Null: fenced off. Nothing is renewed yet.
 * Served by the primary keys.
 */
export async function lockReportingBot(
  tx: Transaction,
  options: { deploymentId: string; runtimeId: string; epoch: bigint; attempt: number },
): Promise<AcceptedReport | null> {
  if (!(await lockBotOfDeployment(tx, options.deploymentId))) return null;
  const rows = await tx.$queryRaw<AcceptedReport[]>`
    SELECT b.id AS bot_id, b.user_id, b.attempt, b.status, d.last_report_seq,
      b.leave_requested_at IS NOT NULL AS leave_requested
    FROM deployments d
    JOIN bot_pool_slots s ON s.id = d.slot_id AND s.lease_epoch = d.epoch AND s.bot_id = d.bot_id
    JOIN bots b ON b.id = d.bot_id AND b.attempt = d.attempt
    WHERE d.id = ${options.deploymentId} AND d.state = 'claimed' AND d.runtime_id = ${options.runtimeId}
      AND d.epoch = ${options.epoch} AND d.attempt = ${options.attempt}
      AND s.draining_at IS NULL`;
  return rows[0] ?? null;
}

/** Notes a report as taken and renews the lease. Served by the primary keys. */
export async function renewLease(
  tx: Transaction,
  options: { deploymentId: string; reportSeq: number; leaseMs: number },
): Promise<void> {
  await tx.$executeRaw`
    WITH told AS (
      UPDATE deployments SET last_report_at = now(), last_report_seq = greatest(last_report_seq, ${options.reportSeq})
      WHERE id = ${options.deploymentId}
      RETURNING slot_id, epoch
    )
    UPDATE bot_pool_slots s SET lease_expires_at = now() + ${options.leaseMs} * interval '1 ms'
    FROM told WHERE s.id = told.slot_id AND s.lease_epoch = told.epoch AND s.draining_at IS NULL`;
}
