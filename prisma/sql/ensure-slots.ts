import { newId } from '@meeboter/domain/ids.ts';
import type { Db } from '../client.ts';

/**
 * Makes one more slot of a platform when none is idle and the limit allows it. Slots are made
 * lazily, numbered from 1, so that a limit of 10,000 does not write 10,000 rows. Returns how many
 * were made. Two callers at once collide on (platform, number); the loser makes none.
 */
export async function ensureSlots(
  db: Db,
  options: { platform: string; limit: number; wanted: number },
): Promise<number> {
  if (options.wanted < 1) return 0;
  const ids = Array.from({ length: options.wanted }, () => newId('slt'));
  return db.$executeRaw`
    INSERT INTO bot_pool_slots (id, deployment_platform, number)
    SELECT (${ids}::text[])[n], ${options.platform}, made.highest + n
    FROM (SELECT coalesce(max(number), 0) AS highest FROM bot_pool_slots
          WHERE deployment_platform = ${options.platform}) made,
      generate_series(1, ${options.wanted}::int) n
    WHERE made.highest + n <= ${options.limit}
    ON CONFLICT DO NOTHING`;
}
