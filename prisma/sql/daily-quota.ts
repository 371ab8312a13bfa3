import type { Db, Transaction } from '../client.ts';

export interface Account {
  /** The database's time. */
  now: Date;
  /** Null: unlimited. */
  daily_bot_limit: number | null;
}

/** Reads an account's quota setting without a lock. Throws when there is no such account. Served by the primary key. */
export async function readAccount(db: Db, userId: string): Promise<Account> {
  const [account] = await db.$queryRaw<Account[]>`
    SELECT now() AS now, daily_bot_limit FROM subscription WHERE user_id = ${userId}`;
  if (!account) throw new Error(`account ${userId} has no subscription row`);
  return account;
}

export interface Quota {
  /** Null: unlimited; bots are not counted then, and `used_today` is 0. */
  daily_bot_limit: number | null;
  used_today: number;
  /** When the current day ends in the account's time zone. */
  resets_at: Date;
  /** False: PostgreSQL does not know the stored time zone, and UTC was used instead. */
  time_zone_known: boolean;
}

/**
 * Locks the account for the rest of the transaction, so that parallel bookings are counted one after the
 * other, and counts the bots that the account created on the day of `now` in its own time zone. A deleted
 * bot still counts.
 *
 * The query compares dates instead of computing when the day began: where clocks go back across midnight
 * (Havana, the Azores) a day has two midnights, and PostgreSQL picks the later one, an hour into the day.
 * Served by bots_user_id_created_at_id_idx. Throws when there is no such account.
 */
export async function lockDailyQuota(tx: Transaction, userId: string, now: Date): Promise<Quota> {
  // A separate statement: one that locked and counted would count with the snapshot from before it waited for the lock.
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
      -- Where the next midnight comes twice, take the first.
      CASE WHEN ((midnight - interval '1 hour') AT TIME ZONE zone)::date = today THEN midnight
        ELSE midnight - interval '1 hour' END AS resets_at
    FROM ending`;
  const row = rows[0];
  if (!row) throw new Error(`account ${userId} has no subscription row`);
  return row;
}
