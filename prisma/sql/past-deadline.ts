import type { Transaction } from '../client.ts';

/**
 * Locks a waiting bot for the rest of the transaction; false when its time in the line is not up, as its row
 * says now. Served by the primary keys.
 */
export async function lockPastDeadline(tx: Transaction, botId: string): Promise<boolean> {
  const rows = await tx.$queryRaw<{ id: string }[]>`
    SELECT b.id FROM bots b JOIN bot_pool_queue q ON q.bot_id = b.id
    WHERE b.id = ${botId} AND q.deadline_at <= now() FOR UPDATE OF b, q`;
  return rows.length > 0;
}
