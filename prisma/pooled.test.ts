// The database client behind PgBouncer in transaction mode, where each transaction may get another session.
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type TestDatabase, testDatabase } from '../e2e/support/database.ts';
import { type PgBouncer, startPgBouncer } from '../e2e/support/pgbouncer.ts';
import { type Database, openDatabase } from './client.ts';

let database: TestDatabase;
let pooler: PgBouncer;
beforeEach(async () => {
  database = await testDatabase();
  pooler = await startPgBouncer(database.url, { serverConnections: 2 });
});
afterEach(async () => {
  await pooler.stop();
  await database.drop();
});

/** Runs many statements with the same text at once, on more connections than the pooler has; returns their errors. */
async function errorsOf(db: Database): Promise<string[]> {
  const asked = await Promise.allSettled(
    Array.from({ length: 60 }, (_, n) =>
      n % 2 === 0 ? db.user.findMany({ where: { name: `n${n}` } }) : db.$queryRaw`SELECT ${n}::int AS n`,
    ),
  );
  return asked.flatMap((one) => (one.status === 'rejected' ? [String(one.reason)] : []));
}

it('prepares no statement', async () => {
  const db = openDatabase({ url: pooler.url, pooled: true });
  expect(await errorsOf(db)).toEqual([]);
  expect(await errorsOf(db)).toEqual([]);
  await db.$disconnect();
  // The control: without the option, statements are prepared and fail.
  const unaware = openDatabase({ url: pooler.url });
  expect((await errorsOf(unaware)).join()).toMatch(/prepared statement/);
  await unaware.$disconnect();
});

it('sets the timeout for frozen transactions, and only within the transaction', async () => {
  const db = openDatabase({ url: pooler.url, pooled: true });
  const timeout = (on: Pick<Database, '$queryRaw'>) => on.$queryRaw`SHOW idle_in_transaction_session_timeout`;
  const name = 'idle_in_transaction_session_timeout';
  const [before] = await database.query<{ [name]: string }>(`SHOW ${name}`);
  for (let n = 0; n < 4; n += 1) {
    expect(await db.$transaction((tx) => timeout(tx))).toEqual([{ [name]: '5s' }]);
    expect(await timeout(db)).toEqual([before]);
  }
  await db.$disconnect();
});
