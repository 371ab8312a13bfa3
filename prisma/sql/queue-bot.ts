import type { BotStatus } from '@meeboter/domain/status.ts';
import type { Transaction } from '../client.ts';
import { type Actor, transitionBot } from './transition-bot.ts';

/**
 * Moves a bot to QUEUED and puts it in the line, at the place its order key gives it. The time it
 * may wait counts from now, also for a bot that comes back from a lost attempt.
 * Returns false when it is not its turn.
 */
export async function queueBot(
  tx: Transaction,
  botId: string,
  options: { from: readonly BotStatus[]; subCode: string; actor: Actor; attempt?: number; detail?: string },
): Promise<boolean> {
  const moved = await transitionBot(tx, botId, 'QUEUED', options);
  if (!moved) return false;
  await tx.$executeRaw`
    INSERT INTO bot_pool_queue (bot_id, order_key, deadline_at)
    SELECT id, order_key, now() + queue_timeout_ms * interval '1 ms' FROM bots WHERE id = ${botId}`;
  return true;
}
