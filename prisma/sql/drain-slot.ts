import type { Db } from '../client.ts';

/**
 * Sets the slot of a bot draining: its runtime has to stop, and the slot stays in use until the platform
 * confirms the stop. Returns false when the bot has no slot, or its slot is draining already.
 * Served by bot_pool_slots_bot_id_key.
 */
export async function drainSlotOfBot(db: Db, botId: string): Promise<boolean> {
  const changed = await db.$executeRaw`
    UPDATE bot_pool_slots SET state = 'busy', draining_at = now()
    WHERE bot_id = ${botId} AND draining_at IS NULL`;
  return changed > 0;
}
