import type { Actor } from '@meeboter/domain/events.ts';
import type { BotStatus } from '@meeboter/domain/status.ts';
import type { Transaction } from '../client.ts';
import { transitionBot } from './transition-bot.ts';

/**
 * Moves a bot back to SCHEDULED, deletes its queue row, and clears the phase stamps of its attempt. Returns
 * false when the bot is not in one of the statuses `from`, or not in `attempt`. Served by the primary keys.
 */
export async function rescheduleBot(
  tx: Transaction,
  botId: string,
  options: { from: readonly BotStatus[]; attempt?: number; subCode: string; actor: Actor },
): Promise<boolean> {
  const moved = await transitionBot(tx, botId, 'SCHEDULED', options);
  if (!moved) return false;
  await tx.$executeRaw`DELETE FROM bot_pool_queue WHERE bot_id = ${botId}`;
  await tx.$executeRaw`
    UPDATE bots SET queued_at = NULL, slot_at = NULL, deploy_requested_at = NULL, claimed_at = NULL,
      browser_ready_at = NULL, first_media_at = NULL
    WHERE id = ${botId}`;
  return true;
}
