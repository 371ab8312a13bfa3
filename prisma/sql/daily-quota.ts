import type { Db, Transaction } from '../client.ts';

export interface Account {
  /** The database's time. */
  now: Date;
  /** Null: unlimited. */
  daily_bot_limit: number | null;
}

/** Who books, without a lock. Throws when there is no such account. Served by the primary key. */
export async function readAccount(db: Db, userId: string): Promise<Account> {
  const [account] = await db.$queryRaw<Account[]>`
    SELECT now() AS now, daily_bot_limit FROM subscription WHERE user_id = ${userId}`;
  if (!account) throw new Error(`account ${userId} has no subscription row`);
  return account;
}

export interface Quota {
  /** Null: unlimited; then nothing is counted. */
  daily_bot_limit: number | null;
  used_today: number;
  /** When the day ends in the account's time zone. */
  resets_at: Date;
  /** False: the stored time zone means nothing to PostgreSQL, and UTC is used in its place. */
  time_zone_known: boolean;
}

/**
 * Locks the account for the rest of the transaction, so that parallel bookings count one after the other,
 * and counts the bots that it booked on the day of `now`, by creation time, in its own time zone. Deleting
 * a bot does not give its booking back.
 *
 * A day is told by its date, not by its midnight: where clocks go back over midnight (Havana, the
 * Azores) there are two of them, and PostgreSQL takes the later one, an hour into the day.
 * Served by bots_user_id_created_at_id_idx. Throws when there is no such account.
 */
export async function lockDailyQuota(tx: Transaction, userId: string, now: Date): Promise<Quota> {
  // A statement of its own: a count in the same one would still see what was there before the wait for the lock.
  await tx.$executeRaw`SELECT 1 FROM subscription WHERE user_id = ${userId} FOR UPDATE`;
  const rows = await tx.$queryRaw<Quota[]>`
    WITH account AS (
      SELECT daily_bot_limit, known_time_zone(time_zone) AS known, ${now}::timestamptz AS now
      FROM subscription WHERE user_id = ${userId}
    ), day AS (
      SELECT *, coalesce(known, 'UTC') AS zone, (now AT TIME ZONE coalesce(known, 'UTC'))::date AS today
      FROM account
    ), ending AS (
      SELECT *, (today + 1)::timestamp AT TIME ZONE zone AS midnight FROM day
    )
    SELECT daily_bot_limit, known IS NOT NULL AS time_zone_known,
      CASE WHEN daily_bot_limit IS NULL THEN 0 ELSE (
        SELECT count(*)::int FROM bots
        WHERE user_id = ${userId} AND created_at > now - interval '2 days'
          AND (created_at AT TIME ZONE zone)::date = today) END AS used_today,
      -- The first of two midnights.
      CASE WHEN ((midnight - interval '1 hour') AT TIME ZONE zone)::date = today THEN midnight
        ELSE midnight - interval '1 hour' END AS resets_at
    FROM ending`;
  const row = rows[0];
  if (!row) throw new Error(`account ${userId} has no subscription row`);
  return row;
}
