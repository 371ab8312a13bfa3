import type { Db } from '../client.ts';

/** Positions of the given bots in the pool queue; 1 is next. Bots that are not in it are absent. Served by bot_pool_queue_order_key_bot_id_idx. */
export async function queuePositions(db: Db, botIds: string[]): Promise<Map<string, number>> {
  if (botIds.length === 0) return new Map();
  const rows = await db.$queryRaw<{ bot_id: string; position: number }[]>`
    SELECT q.bot_id, (SELECT count(*)::int FROM bot_pool_queue o
      WHERE (o.order_key, o.bot_id) <= (q.order_key, q.bot_id)) AS position
    FROM bot_pool_queue q WHERE q.bot_id = ANY(${botIds})`;
  return new Map(rows.map((row) => [row.bot_id, row.position]));
}
