import type { Transaction } from '../client.ts';
import { Prisma } from '../generated/client.ts';
import { lockBotOfDeployment } from './lock-bot.ts';

/** Backoff before the recovery of a slot in error is tried again: the first pause, doubled with each failure, and the longest. */
const RECOVER_AFTER_MS = 10_000;
const RECOVER_AFTER_AT_MOST_MS = 600_000;

/** After a pause, or when the lease expires if that is sooner: the runtime has left by then. */
const after = (ms: Prisma.Sql) => Prisma.sql`
        least(now() + ${ms} * interval '1 ms', CASE WHEN lease_expires_at > now() THEN lease_expires_at END)`;

/**
 * Takes a slot out of use whose stop the platform has not confirmed for `drainingForMs`: state `error`,
 * without its bot. The dispatcher does not give it out in this state. At `recover_at` the stop is requested
 * again, until the platform confirms it. The lease stays, because the runtime may live that long. `abandon`: the
 * bot goes on without this deployment, and may get another one. False when the slot is no longer draining. Served by the primary keys.
 */
export async function setSlotInError(
  tx: Transaction,
  deployment: { id: string; slot_id: string; epoch: bigint },
  options: { error: string; drainingForMs: number; abandon?: boolean },
): Promise<boolean> {
  if (!(await lockBotOfDeployment(tx, deployment.id))) return false;
  const changed = await tx.$executeRaw`
    UPDATE bot_pool_slots SET state = 'error', bot_id = NULL, draining_at = NULL, error = ${options.error}, recovery_attempts = 0,
      recover_at = ${after(Prisma.sql`${RECOVER_AFTER_MS}`)}
    WHERE id = ${deployment.slot_id} AND lease_epoch = ${deployment.epoch}
      AND draining_at < now() - ${options.drainingForMs} * interval '1 ms'`;
  if (changed === 0) return false;
  if (options.abandon)
    await tx.$executeRaw`UPDATE deployments SET abandoned_at = now() WHERE id = ${deployment.id}`;
  return true;
}

/** Stores a failed attempt to recover a slot, and doubles the pause before the next one. Served by the primary key. */
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
