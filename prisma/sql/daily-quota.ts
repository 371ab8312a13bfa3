import type { Transaction } from '../client.ts';

export interface Quota {
  /** Null: unlimited. */
  daily_bot_limit: number | null;
  used_today: number;
  /** When the day ends in the account's time zone. */
  resets_at: Date;
}

/**
 * Locks the account for the rest of the transaction and counts the bots it booked today, by
 * creation time, in its own time zone. Deleting a bot does not give its booking back.
 * Served by bots_user_id_created_at_id_idx.
 */
export async function lockDailyQuota(tx: Transaction, userId: string): Promise<Quota> {
  // A statement of its own: a count in the same one would still see what was there before the wait for the lock.
  await tx.$executeRaw`SELECT 1 FROM subscription WHERE user_id = ${userId} FOR UPDATE`;
  const rows = await tx.$queryRaw<Quota[]>`
    WITH day AS (
      SELECT daily_bot_limit, time_zone, date_trunc('day', now() AT TIME ZONE time_zone) AS local_midnight
      FROM subscription WHERE user_id = ${userId}
    )
    SELECT daily_bot_limit,
      CASE WHEN daily_bot_limit IS NULL THEN 0 ELSE (
        SELECT count(*)::int FROM bots
        WHERE user_id = ${userId} AND created_at >= local_midnight AT TIME ZONE time_zone) END AS used_today,
      (local_midnight + interval '1 day') AT TIME ZONE time_zone AS resets_at
    FROM day`;
  const row = rows[0];
  if (!row) throw new Error(`account ${userId} has no subscription row`);
  return row;
}
