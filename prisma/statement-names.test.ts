// Statements whose text depends on the number of rows are not prepared: PostgreSQL would keep one more prepared
// statement per number and connection.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type TestDatabase, testDatabase } from '../e2e/support/database.ts';
import { insertUser } from '../e2e/support/rows.ts';
import { type Database, openDatabase } from './client.ts';
import { statementNames } from './statement-names.ts';

describe('on a database', () => {
  let database: TestDatabase;
  let db: Database;
  beforeEach(async () => {
    database = await testDatabase();
    await insertUser(database);
    // One connection, so that pg_prepared_statements shows all of them.
    db = openDatabase({ url: database.url, poolSize: 1 });
  });
  afterEach(async () => {
    await db.$disconnect();
    await database.drop();
  });

  const prepared = async () => {
    const rows = await db.$queryRaw<{ statement: string }[]>`SELECT statement FROM pg_prepared_statements`;
    return rows.map(({ statement }) => statement);
  };

  it('prepares statements with a fixed text once, and none per number of rows', async () => {
    const sessions = (count: number) =>
      Array.from({ length: count }, (_, n) => ({
        ...{ id: `s-${count}-${n}`, token: `t-${count}-${n}`, userId: 'u' },
        ...{ expiresAt: new Date(), createdAt: new Date(), updatedAt: new Date() },
      }));
    const use = async (count: number) => {
      await db.session.createMany({ data: sessions(count) });
      await db.session.findMany({ where: { id: { in: sessions(count).map(({ id }) => id) } } });
      await db.user.findUnique({ where: { id: 'u' } });
      await db.$transaction((tx) => tx.$queryRaw`SELECT ${count}::int`);
    };
    await use(1);
    const before = await prepared();
    expect(before.some((statement) => statement.includes('"user"'))).toBe(true);
    for (let count = 2; count <= 40; count += 1) await use(count);
    expect((await prepared()).sort()).toEqual(before.sort());
    expect(await db.session.count()).toBe((40 * 41) / 2);
  });
});

it('gives out no more names than the limit', () => {
  const nameOf = statementNames(3);
  const names = Array.from({ length: 10 }, (_, n) => nameOf({ sql: `SELECT ${n}` }));
  expect(new Set(names.slice(0, 3)).size).toBe(3);
  expect(names.slice(3)).toEqual(Array(7).fill(''));
  expect(nameOf({ sql: 'SELECT 1' })).toBe(names[1]);
});

it.each([
  ['INSERT INTO t (a, b) VALUES ($1,$2), ($3,$4)', false],
  ['INSERT INTO t (a, b) VALUES ($1,DEFAULT), (DEFAULT,$2)', false],
  ['SELECT 1 FROM t WHERE a IN ($1,$2)', false],
  ['SELECT 1 FROM t WHERE a NOT IN ( $1, $2 )', false],
  ['INSERT INTO t (a, b) VALUES ($1,$2)', true],
  ['SELECT 1 FROM t WHERE a = ANY($1) AND b IN ($2)', true],
  ["SELECT coalesce(a, $1), count(*) FROM t WHERE b IN ('x', 'y') AND (c > $2)", true],
])('gives a name only to a text without a list: %s', (sql, hasName) => {
  expect(statementNames()({ sql }) !== '').toBe(hasName);
});
