import { newId } from '@meeboter/domain/ids.ts';
import type { Db } from '../client.ts';

/**
 * Inserts up to `wanted` more slots of a platform, as far as its limit allows, and returns how many it
 * inserted. Slots are created when they are needed, numbered from 1, so that a limit of 10,000 does not
 * write 10,000 rows. When two callers run at the same time, only one of them inserts a given number.
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
