// A migration while bots are booked and dispatched: its lock on the table `bots` must not cause a deadlock.
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type TestDatabase, testDatabase } from '../e2e/support/database.ts';
import { insertBot, insertUser } from '../e2e/support/rows.ts';
import { type Database, openDatabase } from './client.ts';
import { lockDailyQuota } from './sql/daily-quota.ts';

/** A loaded machine is slow to open a connection. */
const POLL = { timeout: 15_000 };
let database: TestDatabase;
let db: Database;
let botId: string;
beforeAll(async () => {
  database = await testDatabase();
  db = openDatabase({ url: database.url, poolSize: 4 });
  await insertUser(database);
  await database.query('UPDATE subscription SET daily_bot_limit = 9');
  botId = await insertBot(database);
});
afterAll(async () => {
  await db.$disconnect();
  await database.drop();
});

it('a booking, a migration and a dispatcher do not deadlock', async () => {
  const [dispatcher, migration] = [1, 2].map(() => new pg.Client({ connectionString: database.url })) as [
    pg.Client,
    pg.Client,
  ];
  await Promise.all([dispatcher.connect(), migration.connect()]);
  const waiting = async (count: number) => {
    await expect
      .poll(async () => {
        const [row] = await database.query<{ n: number }>(
          `SELECT count(*)::int AS n FROM pg_stat_activity
           WHERE datname = current_database() AND wait_event_type = 'Lock'`,
        );
        return row?.n;
      }, POLL)
      .toBe(count);
  };
  await dispatcher.query('BEGIN');
  await dispatcher.query(`UPDATE bots SET detail = 'x' WHERE id = $1`, [botId]);
  const migrated = migration.query('ALTER TABLE bots ADD COLUMN another text');
  await waiting(1);
  const booked = db.$transaction((tx) => lockDailyQuota(tx, 'u', new Date()));
  await waiting(2);
  // The dispatcher can go on: the booking, which waits for the table, locks only the account's row.
  await dispatcher.query(`SET LOCAL lock_timeout = '500ms'`);
  await dispatcher.query(`UPDATE bots SET event_seq = event_seq + 1 WHERE id = $1`, [botId]);
  await dispatcher.query('COMMIT');
  await migrated;
  expect(await booked).toMatchObject({ used_today: 1 });
  await Promise.all([dispatcher.end(), migration.end()]);
});
