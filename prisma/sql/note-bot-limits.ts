import type { Db } from '../client.ts';

/**
 * Notes how many bots may run at once on each platform. The word of the scheduler that started last
 * holds for all of them, so that two with different settings do not give out by two limits.
 * `bot_limit_at` says when a limit changed; the same limit again changes nothing.
 * Served by the primary key.
 */
export async function noteBotLimits(
  db: Db,
  limits: readonly { platform: string; limit: number }[],
): Promise<void> {
  await db.$executeRaw`
    INSERT INTO bot_pool_platforms AS p (deployment_platform, bot_limit, bot_limit_at)
    SELECT platform, bot_limit, now()
    FROM unnest(${limits.map((it) => it.platform)}::text[], ${limits.map((it) => it.limit)}::int[])
      AS given (platform, bot_limit)
    -- Locked in one order, so that two schedulers that start at once cannot wait for each other.
    ORDER BY platform
    ON CONFLICT (deployment_platform) DO UPDATE
      SET bot_limit = excluded.bot_limit, bot_limit_at = now()
      WHERE p.bot_limit IS DISTINCT FROM excluded.bot_limit`;
}
