import type { Db } from '../client.ts';

/**
 * How many bots in the pool queue the platform runs (`served`: their meeting platforms; null: all), and how many slots of the platform are idle and within its limit.
 * Both are counted up to `most`. Served by the primary key and bot_pool_slots_idle.
 */
export async function countWaiting(
  db: Db,
  options: { platform: string; limit: number; most: number; served?: readonly string[] | null },
): Promise<{ waiting: number; idle: number }> {
  const served = options.served ? [...options.served] : null;
  const rows = await db.$queryRaw<{ waiting: number; idle: number }[]>`
    SELECT
      (SELECT count(*)::int FROM (
        SELECT 1 FROM bot_pool_queue q
        WHERE ${served}::text[] IS NULL
          OR (SELECT meeting_platform FROM bots b WHERE b.id = q.bot_id) = ANY(${served}::text[])
        LIMIT ${options.most}) q) AS waiting,
      (SELECT count(*)::int FROM (
        SELECT 1 FROM bot_pool_slots
        WHERE state = 'idle' AND deployment_platform = ${options.platform} AND number <= ${options.limit}
        LIMIT ${options.most}) s) AS idle`;
  return rows[0] ?? { waiting: 0, idle: 0 };
}
