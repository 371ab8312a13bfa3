// Statements for editing a booking that Prisma's client cannot express.
import type { Transaction } from '../client.ts';
import type { Deployed } from './deployment-steps.ts';

/**
 * Locks a bot for the rest of the transaction. Returns the database's time; null when the account has no
 * such bot. Served by the primary key.
 */
export async function lockBotOfUser(tx: Transaction, userId: string, botId: string): Promise<Date | null> {
  const locked = await tx.$queryRaw<{ now: Date }[]>`
    SELECT now() AS now FROM bots b
    WHERE id = ${botId} AND user_id = ${userId} FOR UPDATE OF b`;
  return locked[0]?.now ?? null;
}

/** The deployment of a bot that has neither ended nor was abandoned; null when there is none. Served by deployments_open_per_bot. */
export async function openDeploymentOf(
  tx: Transaction,
  botId: string,
): Promise<(Deployed & { deployment_platform: string }) | null> {
  const [open] = await tx.$queryRaw<(Deployed & { deployment_platform: string })[]>`
    SELECT id, slot_id, epoch, deployment_platform FROM deployments WHERE bot_id = ${botId} AND state <> 'ended'
      AND abandoned_at IS NULL`;
  return open ?? null;
}

/** Updates the order key and the deadline of a queued bot whose booking was edited. Served by the primary key. */
export async function moveInQueue(
  tx: Transaction,
  botId: string,
  options: { orderKey: Date; moreTimeMs: number },
): Promise<void> {
  await tx.$executeRaw`
    UPDATE bot_pool_queue SET order_key = ${options.orderKey},
      deadline_at = deadline_at + ${options.moreTimeMs} * interval '1 ms'
    WHERE bot_id = ${botId}`;
}
