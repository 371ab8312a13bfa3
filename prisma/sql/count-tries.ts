import type { Db } from '../client.ts';

/** How often a bot was tried. A platform that had no room has not tried it. Served by deployments_bot_id_attempt_key. */
export async function countTries(db: Db, botId: string): Promise<number> {
  const rows = await db.$queryRaw<{ tries: number }[]>`
    SELECT count(*)::int AS tries FROM deployments
    WHERE bot_id = ${botId} AND fail_sub_code IS DISTINCT FROM 'platform_full'`;
  return rows[0]?.tries ?? 0;
}
