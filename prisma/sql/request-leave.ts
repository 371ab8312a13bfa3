import type { Transaction } from '../client.ts';

/**
 * Stores that a bot should leave its call; its runtime learns of it from the answer to its next report.
 * False when that was stored before, or the bot is not in the call. Served by the primary key.
 */
export async function requestLeave(tx: Transaction, botId: string): Promise<boolean> {
  const noted = await tx.$executeRaw`
    UPDATE bots SET leave_requested_at = now()
    WHERE id = ${botId} AND leave_requested_at IS NULL AND status IN ('IN_CALL', 'LEAVING')`;
  return noted > 0;
}
