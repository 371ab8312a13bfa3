import type { Transaction } from '../client.ts';
import { Prisma } from '../generated/client.ts';
import { lockBotOfDeployment } from './lock-bot.ts';

/** First wait before a slot in error is tried again, doubled with each failure, and the longest. */
const RECOVER_AFTER_MS = 10_000;
const RECOVER_AFTER_AT_MOST_MS = 600_000;

/** After a pause, or at the end of the lease when that comes first: more is known then. */
const after = (ms: Prisma.Sql) => Prisma.sql`
        least(now() + ${ms} * interval '1 ms', CASE WHEN lease_expires_at > now() THEN lease_expires_at END)`;

/**
 * The platform has not confirmed the stop of a draining slot for too long: takes the slot out of
 * use, without its bot, until it does. It is never given out in this state, and never forgotten:
 * `recover_at` says when the stop is asked for again. Its lease stays: a runtime may live as long. False when it drains no longer.
 * Served by the primary keys.
 */
export async function setSlotInError(
  tx: Transaction,
  deployment: { id: string; slot_id: string; epoch: bigint },
  options: { error: string; drainingForMs: number },
): Promise<boolean> {
  if (!(await lockBotOfDeployment(tx, deployment.id))) return false;
  const changed = await tx.$executeRaw`
    UPDATE bot_pool_slots SET state = 'error', bot_id = NULL, draining_at = NULL, error = ${options.error}, recovery_attempts = 0,
      recover_at = ${after(Prisma.sql`${RECOVER_AFTER_MS}`)}
    WHERE id = ${deployment.slot_id} AND lease_epoch = ${deployment.epoch}
      AND draining_at < now() - ${options.drainingForMs} * interval '1 ms'`;
  return changed > 0;
}

/** Another try to recover a slot failed: the next one waits twice as long. Served by the primary key. */
export async function postponeRecovery(
  tx: Transaction,
  deployment: { slot_id: string; epoch: bigint },
  error: string,
): Promise<void> {
  await tx.$executeRaw`
    UPDATE bot_pool_slots SET error = ${error}, recovery_attempts = recovery_attempts + 1,
      recover_at = ${after(Prisma.sql`least(${RECOVER_AFTER_MS} * power(2, least(recovery_attempts, 20) + 1),
        ${RECOVER_AFTER_AT_MOST_MS})`)}
    WHERE id = ${deployment.slot_id} AND lease_epoch = ${deployment.epoch} AND state = 'error'`;
}
