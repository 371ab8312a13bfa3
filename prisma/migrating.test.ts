// A migration while bots are booked and moved: its lock on a table must not close a
// circle between who has the table and who has the account.
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type TestDatabase, testDatabase } from '../e2e/support/database.ts';
import { insertBot, insertUser } from '../e2e/support/rows.ts';
import { type Database, openDatabase, type Transaction } from './client.ts';
import { lockDailyQuota } from './sql/daily-quota.ts';
import { transitionBot } from './sql/transition-bot.ts';

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

const LOCKS_THE_ACCOUNT: [what: string, tables: string[], lock: (tx: Transaction) => Promise<unknown>][] = [
  ['a booking', ['bots', 'events'], (tx) => lockDailyQuota(tx, 'u', new Date())],
  [
    'a move',
    ['bot_pool_queue', 'bot_pool_slots'],
    (tx) => transitionBot(tx, botId, 'CANCELLED', { attempt: 9, subCode: 'x', actor: 'user' }),
  ],
];

it.each(LOCKS_THE_ACCOUNT)('%s has its tables before it has the account', async (_what, tables, lock) => {
  // More often than PostgreSQL plans a prepared statement anew.
  for (let n = 0; n < 8; n += 1) {
    const had = await db.$transaction(async (tx) => {
      await lock(tx);
      return tx.$queryRaw<{ name: string }[]>`
        SELECT relation::regclass::text AS name FROM pg_locks
        WHERE pid = pg_backend_pid() AND locktype = 'relation'`;
    });
    expect(had.map(({ name }) => name)).toEqual(expect.arrayContaining(tables));
  }
});

it('a booking, a migration and a dispatcher do not wait for each other in a circle', async () => {
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
      })
      .toBe(count);
  };
  await dispatcher.query('BEGIN');
  await dispatcher.query(`UPDATE bots SET detail = 'x' WHERE id = $1`, [botId]);
  const migrated = migration.query('ALTER TABLE bots ADD COLUMN another text');
  await waiting(1);
  const booked = db.$transaction((tx) => lockDailyQuota(tx, 'u', new Date()));
  await waiting(2);
  // Nobody has the account: whoever waits for the table has nothing else.
  await dispatcher.query(`SET LOCAL lock_timeout = '500ms'`);
  await dispatcher.query(`UPDATE subscription SET event_seq = event_seq + 1 WHERE user_id = 'u'`);
  await dispatcher.query('COMMIT');
  await migrated;
  expect(await booked).toMatchObject({ used_today: 1 });
  await Promise.all([dispatcher.end(), migration.end()]);
});
