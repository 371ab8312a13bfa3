import type { Actor } from '@meeboter/domain/events.ts';
import type { BotStatus } from '@meeboter/domain/status.ts';
import type { Transaction } from '../client.ts';
import { transitionBot } from './transition-bot.ts';

/**
 * Moves a bot to QUEUED and inserts its queue row, with the bot's unchanged order key. The queue deadline is
 * the queue timeout after the join time or the booking, whichever is later, or the booking's end; a bot whose deadline has passed
 * by then is not dispatched. With `afresh`, for a bot whose attempt was lost, the timeout starts again now.
 * Returns false when the bot is not in one of the statuses `from`, or not in `attempt`.
 */
export async function queueBot(
  tx: Transaction,
  botId: string,
  options: {
    from: readonly BotStatus[];
    subCode: string;
    actor: Actor;
    attempt?: number;
    detail?: string;
    afresh: boolean;
  },
): Promise<boolean> {
  const moved = await transitionBot(tx, botId, 'QUEUED', options);
  if (!moved) return false;
  await tx.$executeRaw`
    INSERT INTO bot_pool_queue (bot_id, order_key, deadline_at)
    SELECT id, order_key, least(end_at, queue_timeout_ms * interval '1 ms' +
      greatest(join_at, created_at, CASE WHEN ${options.afresh} THEN now() END))
    FROM bots WHERE id = ${botId}`;
  return true;
}
