import type { Db } from '../client.ts';

/** Most bots of one answer; the next round of the sweep gets the others. */
const LIMIT = 500;

/** Bots in the pool queue whose meeting platform is none of `served`. Reads the whole queue: it is for installations that do not serve all. */
export async function botsServedNowhere(db: Db, served: readonly string[]): Promise<string[]> {
  const rows = await db.$queryRaw<{ id: string }[]>`
    SELECT b.id FROM bot_pool_queue q JOIN bots b ON b.id = q.bot_id
    WHERE b.meeting_platform <> ALL(${[...served]}::text[]) ORDER BY q.order_key LIMIT ${LIMIT}`;
  return rows.map(({ id }) => id);
}
