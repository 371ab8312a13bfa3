import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';
import { TEMPLATE } from './global-setup.ts';

export interface TestDatabase {
  url: string;
  /** Runs plain SQL, to check rows and to backdate them. */
  query<T>(sql: string, values?: unknown[]): Promise<T[]>;
  /** Drops the database. Throws when a client is still connected after 2 s, so a test that leaks a pool fails. */
  drop(): Promise<void>;
}

/** Creates a database for one test file, as a copy of the migrated template. */
export async function testDatabase(): Promise<TestDatabase> {
  const serverUrl = inject('postgresUrl');
  const name = `test_${randomBytes(6).toString('hex')}`;
  const server = new pg.Client({ connectionString: serverUrl });
  await server.connect();
  await server.query(`CREATE DATABASE ${name} TEMPLATE ${TEMPLATE}`);
  const url = serverUrl.replace(/\/[^/]+$/, `/${name}`);
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  return {
    url,
    query: async <T>(sql: string, values: unknown[] = []) => (await client.query(sql, values)).rows as T[],
    async drop() {
      await client.end();
      const gone = async () => {
        const open = await server.query(
          'SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = $1',
          [name],
        );
        return open.rows[0].n === 0;
      };
      for (let tries = 0; !(await gone()) && tries < 40; tries += 1)
        await new Promise((done) => setTimeout(done, 50));
      await server.query(`DROP DATABASE ${name}`);
      await server.end();
    },
  };
}
