import type { BotStatus } from '@meeboter/domain/status.ts';
import type { Transaction } from '../client.ts';

/** Where a bot stands whose runtime is gone. `is_early`: its start lies ahead, by an edit. Served by the primary key. */
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
