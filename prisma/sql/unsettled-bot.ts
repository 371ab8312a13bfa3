import type { BotStatus } from '@meeboter/domain/status.ts';
import type { Transaction } from '../client.ts';

/**
 * Reads the status of a bot whose runtime has ended. `is_early`: its start is in the future, because the booking was
 * edited. Throws when there is no such bot. Served by the primary key.
 */
export async function readUnsettledBot(
  tx: Transaction,
  botId: string,
): Promise<{ status: BotStatus; is_early: boolean }> {
  const rows = await tx.$queryRaw<{ status: BotStatus; is_early: boolean }[]>`
    SELECT status, start_at > now() AS is_early FROM bots WHERE id = ${botId}`;
  const bot = rows[0];
  if (!bot) throw new Error(`there is no bot ${botId}`);
  return bot;
}
