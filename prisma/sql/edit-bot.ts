// The statements of an edited booking that Prisma's client cannot say.
import type { BotStatus } from '@meeboter/domain/status.ts';
import type { Transaction } from '../client.ts';

export interface EditableBot {
  status: BotStatus;
  has_knocked: boolean;
  /** The deployment that runs it or is about to; null when there is none. */
  deployment: { id: string; slot_id: string; epoch: bigint } | null;
}

/** Locks an account's bot for the rest of the transaction and says how far it is; null when there is none. Served by primary keys. */
export async function lockEditableBot(
  tx: Transaction,
  userId: string,
  botId: string,
): Promise<EditableBot | null> {
  const locked = await tx.$queryRaw<{ status: BotStatus; has_knocked: boolean }[]>`
    SELECT status, knocked_at IS NOT NULL AS has_knocked FROM bots
    WHERE id = ${botId} AND user_id = ${userId} FOR UPDATE`;
  const bot = locked[0];
  if (!bot) return null;
  // A statement of its own: it has to see what was true when the lock was had.
  const [deployment] = await tx.$queryRaw<{ id: string; slot_id: string; epoch: bigint }[]>`
    SELECT id, slot_id, epoch FROM deployments WHERE bot_id = ${botId} AND state <> 'ended'`;
  return { ...bot, deployment: deployment ?? null };
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
