import type { Transaction } from '../client.ts';
import { havingTables } from './having-tables.ts';

export interface Quota {
  /** Null: unlimited. */
  daily_bot_limit: number | null;
  used_today: number;
  /** When the day ends in the account's time zone. */
  resets_at: Date;
}

/**
 * Locks the account for the rest of the transaction and counts the bots it booked on the day of
 * `now`, by creation time, in its own time zone. Deleting a bot does not give its booking back.
 *
 * A day is told by its date, not by its midnight: where clocks go back over midnight (Havana, the
 * Azores) there are two of them, and PostgreSQL takes the later one, an hour into the day.
 * Served by bots_user_id_created_at_id_idx.
 */
export async function lockDailyQuota(tx: Transaction, userId: string, now: Date): Promise<Quota> {
  // A statement of its own: a count in the same one would still see what was there before the wait for the lock.
  await tx.$executeRaw`
    SELECT 1 FROM subscription s WHERE user_id = ${userId} AND ${havingTables.ofBooking} FOR UPDATE OF s`;
  const rows = await tx.$queryRaw<Quota[]>`
    WITH day AS (
      SELECT daily_bot_limit, time_zone, (${now}::timestamptz AT TIME ZONE time_zone)::date AS today,
        ((${now}::timestamptz AT TIME ZONE time_zone)::date + 1)::timestamp AT TIME ZONE time_zone AS midnight
      FROM subscription WHERE user_id = ${userId}
    )
    SELECT daily_bot_limit,
      CASE WHEN daily_bot_limit IS NULL THEN 0 ELSE (
        SELECT count(*)::int FROM bots
        WHERE user_id = ${userId} AND created_at > ${now}::timestamptz - interval '2 days'
          AND (created_at AT TIME ZONE time_zone)::date = today) END AS used_today,
      -- The first of two midnights.
      CASE WHEN ((midnight - interval '1 hour') AT TIME ZONE time_zone)::date = today THEN midnight
        ELSE midnight - interval '1 hour' END AS resets_at
    FROM day`;
  const row = rows[0];
  if (!row) throw new Error(`account ${userId} has no subscription row`);
  return row;
}
