import type { Actor } from '@meeboter/domain/events.ts';
import type { Transaction } from '../client.ts';
import { appendEvents } from './append-events.ts';

/**
 * Writes `bot.action_settled` for everything that a bot still asks somebody to do (`bot.needs_action`): its runtime
 * is gone, and nobody must be asked to admit it for ever. Served by events_bot_id_bot_seq_key.
 */
export async function settleActions(tx: Transaction, botId: string, actor: Actor): Promise<void> {
  const open = await tx.$queryRaw<{ sub_code: string }[]>`
    SELECT sub_code FROM (
      SELECT DISTINCT ON (sub_code) sub_code, type FROM events
      WHERE bot_id = ${botId} AND type IN ('bot.needs_action', 'bot.action_settled')
      ORDER BY sub_code, bot_seq DESC
    ) newest WHERE type = 'bot.needs_action' ORDER BY sub_code`;
  await appendEvents(
    tx,
    botId,
    open.map(({ sub_code }) => ({ type: 'bot.action_settled', subCode: sub_code, payload: { actor } })),
  );
}
