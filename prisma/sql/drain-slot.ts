import type { Db } from '../client.ts';

/**
 * Sets the slot of a bot draining: its runtime has to stop, and the slot stays taken until the
 * platform confirms that. Returns false when the bot has no slot, or one that drains already.
 * Served by bot_pool_slots_bot_id_key.
 */
export async function drainSlotOfBot(db: Db, botId: string): Promise<boolean> {
  const changed = await db.$executeRaw`
    UPDATE bot_pool_slots SET state = 'busy', draining_at = now()
    WHERE bot_id = ${botId} AND draining_at IS NULL`;
  return changed > 0;
}
