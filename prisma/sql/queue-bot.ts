import type { Actor } from '@meeboter/domain/events.ts';
import type { BotStatus } from '@meeboter/domain/status.ts';
import type { Transaction } from '../client.ts';
import { transitionBot } from './transition-bot.ts';

/**
 * Moves a bot to QUEUED and puts it in the line, at the place its order key gives it. A bot that
 * comes back from a lost attempt gets its whole time in the line again (`afresh`); every other may
 * wait as long as it might have from the beginning, counted from the moment it was wanted: a bot that is
 * already later than that is not sent at all. Returns false when it is not its turn.
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
    SELECT id, order_key, queue_timeout_ms * interval '1 ms' +
      greatest(join_at, created_at, CASE WHEN ${options.afresh} THEN now() END)
    FROM bots WHERE id = ${botId}`;
  return true;
}
