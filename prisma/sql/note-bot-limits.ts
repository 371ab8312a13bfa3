import type { Db } from '../client.ts';

/**
 * Stores how many bots may run at once on each platform. A scheduler calls it at its start, and all
 * schedulers use the stored limits: two with different settings must not dispatch by different limits.
 * `bot_limit_at` is when a limit last changed; storing the same limit again changes nothing.
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
    -- Always locked in the same order, so that two schedulers that start at the same time cannot deadlock.
    ORDER BY platform
    ON CONFLICT (deployment_platform) DO UPDATE
      SET bot_limit = excluded.bot_limit, bot_limit_at = now()
      WHERE p.bot_limit IS DISTINCT FROM excluded.bot_limit`;
}
