// The statements of an edited booking that Prisma's client cannot say.
import type { Transaction } from '../client.ts';
import type { Deployed } from './deployment-steps.ts';
import { havingTables } from './having-tables.ts';

/** Locks an account's bot for the rest of the transaction; false when there is none. Served by the primary key. */
export async function lockBotOfUser(tx: Transaction, userId: string, botId: string): Promise<boolean> {
  const locked = await tx.$queryRaw<{ id: string }[]>`
    SELECT b.id FROM bots b WHERE id = ${botId} AND user_id = ${userId} AND ${havingTables.ofEnding} FOR UPDATE OF b`;
  return locked.length > 0;
}

/** The deployment that runs a bot or is about to; null when there is none. Served by deployments_open_per_bot. */
export async function openDeploymentOf(tx: Transaction, botId: string): Promise<Deployed | null> {
  const [open] = await tx.$queryRaw<Deployed[]>`
    SELECT id, slot_id, epoch FROM deployments WHERE bot_id = ${botId} AND state <> 'ended'`;
  return open ?? null;
}

/** Gives a waiting bot the place and the time that its edited booking asks for. Served by the primary key. */
export async function moveInLine(
  tx: Transaction,
  botId: string,
  options: { orderKey: Date; moreTimeMs: number },
): Promise<void> {
  await tx.$executeRaw`
    UPDATE bot_pool_queue SET order_key = ${options.orderKey},
      deadline_at = deadline_at + ${options.moreTimeMs} * interval '1 ms'
    WHERE bot_id = ${botId}`;
}
