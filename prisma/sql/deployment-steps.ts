import type { BotStatus } from '@meeboter/domain/status.ts';
import type { Db, Transaction } from '../client.ts';
import { lockBotOfDeployment } from './lock-bot.ts';

/** Identifies a deployment and the lease of its slot. `epoch` is the fencing token: statements with an old one change nothing. */
export interface Deployed {
  id: string;
  slot_id: string;
  epoch: bigint;
}

export interface OpenDeployment extends Deployed {
  bot_id: string;
  attempt: number;
  deployment_platform: string;
  slot_number: number;
  /** Pool platforms: the application that belongs to the slot. */
  application: string | null;
  external_ref: string | null;
  state: 'intent' | 'started' | 'claimed';
  bot_status: BotStatus;
  draining: boolean;
  /** How long its slot has been draining, ms; 0 when it is not. */
  draining_for_ms: number;
  /** Its slot is in state `error`: taken out of use because no stop was confirmed. */
  in_error: boolean;
  /** Its slot is in error, and the next attempt to recover it is due. */
  recovery_due: boolean;
  lease_expired: boolean;
  /** How long ago the lease expired, ms; 0 while it has not. */
  lease_expired_for_ms: number;
  fail_sub_code: string | null;
  fail_detail: string | null;
}

/** Reads a deployment that still holds its slot; null when it has ended. Served by the primary keys. */
export async function readOpenDeployment(db: Db, deploymentId: string): Promise<OpenDeployment | null> {
  const rows = await db.$queryRaw<OpenDeployment[]>`
    SELECT d.id, d.slot_id, d.epoch, d.bot_id, d.attempt, d.deployment_platform, d.external_ref, d.state,
      s.number AS slot_number, s.application,
      b.status AS bot_status, s.draining_at IS NOT NULL OR s.state = 'error' AS draining,
      coalesce(extract(epoch FROM now() - s.draining_at) * 1000, 0)::float8 AS draining_for_ms,
      s.state = 'error' AS in_error, coalesce(s.recover_at <= now(), false) AS recovery_due,
      coalesce(s.lease_expires_at < now(), false) AS lease_expired,
      greatest(0, coalesce(extract(epoch FROM now() - s.lease_expires_at) * 1000, 0))::float8 AS lease_expired_for_ms,
      d.fail_sub_code, d.fail_detail
    FROM deployments d
    JOIN bot_pool_slots s ON s.id = d.slot_id AND s.lease_epoch = d.epoch
      AND (s.bot_id = d.bot_id OR s.state = 'error')
    JOIN bots b ON b.id = d.bot_id
    WHERE d.id = ${deploymentId} AND d.state <> 'ended'`;
  return rows[0] ?? null;
}

export interface GivenUp {
  subCode: string;
  detail?: string | undefined;
  /** Give up only when the lease has expired. */
  ifLeaseExpired?: boolean;
  /** Give up only when the runtime has not reported for this long, ms, or has not claimed. */
  ifSilentMs?: number;
  /** Give up only while the deployment is `intent`: no start is confirmed, and no runtime has claimed. */
  ifIntent?: boolean;
}

/**
 * Gives an attempt up: stores the reason and sets the slot draining. What happens to the bot is decided
 * later, when the platform has confirmed the stop. The conditions are checked under the bot's lock, against
 * the rows as they are then. False when a condition does not hold, or when the slot was draining already.
 * Served by the primary keys.
 */
export async function failDeployment(
  tx: Transaction,
  deployment: Deployed,
  { subCode, detail, ifLeaseExpired = false, ifSilentMs, ifIntent = false }: GivenUp,
): Promise<boolean> {
  if (!(await lockBotOfDeployment(tx, deployment.id))) return false;
  const drained = await tx.$executeRaw`
    UPDATE bot_pool_slots s SET state = 'busy', draining_at = now()
    FROM deployments d
    WHERE d.id = ${deployment.id} AND s.id = ${deployment.slot_id} AND s.lease_epoch = ${deployment.epoch}
      AND s.state IN ('deploying', 'busy') AND s.draining_at IS NULL
      AND (NOT ${ifLeaseExpired} OR s.lease_expires_at < now())
      AND (NOT ${ifIntent} OR d.state = 'intent')
      AND (${ifSilentMs ?? null}::int IS NULL OR d.last_report_at IS NULL
        OR d.last_report_at < now() - ${ifSilentMs ?? null}::int * interval '1 ms')`;
  if (drained === 0) return false;
  await tx.$executeRaw`
    UPDATE deployments SET fail_sub_code = ${subCode}, fail_detail = ${detail ?? null}
    WHERE id = ${deployment.id} AND state <> 'ended'`;
  return true;
}

/**
 * Ends a deployment and frees its slot. Call it when the platform has confirmed that nothing of this epoch
 * runs. Null when another process has already done it. `abandoned`: its bot has gone on without it, and must be left
 * alone. Served by the primary keys.
 */
export async function endDeployment(
  tx: Transaction,
  deployment: Deployed,
): Promise<{ abandoned: boolean } | null> {
  if (!(await lockBotOfDeployment(tx, deployment.id))) return null;
  const freed = await tx.$executeRaw`
    UPDATE bot_pool_slots SET state = 'idle', bot_id = NULL, draining_at = NULL, lease_expires_at = NULL,
      last_used_at = now(), error = NULL, recovery_attempts = 0, recover_at = NULL
    WHERE id = ${deployment.slot_id} AND lease_epoch = ${deployment.epoch}
      AND (draining_at IS NOT NULL OR state = 'error')`;
  if (freed === 0) return null;
  const [ended] = await tx.$queryRaw<{ abandoned: boolean }[]>`
    UPDATE deployments SET state = 'ended', ended_at = now() WHERE id = ${deployment.id} AND state <> 'ended'
    RETURNING abandoned_at IS NOT NULL AS abandoned`;
  return ended ?? null;
}
