// A queue whose server goes away while it is opened, by a worker or by the first
// hint: it is opened again when the server is back, and takes no process with it.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterEach, expect, it } from 'vitest';
import { z } from 'zod';
import { type Breakable, breakablePostgres, breakableRedis } from '../../e2e/support/breakable.ts';
import { eventually } from '../../e2e/support/eventually.ts';
import { defineJob, type JobBackend } from '../jobs.ts';
import { createLog } from '../log.ts';
import { openQueue } from '../queue.ts';

const job = defineJob({
  queue: 'queue-away-test',
  payload: z.object({ n: z.int() }),
  attempts: 1,
  backoffMs: 0,
  concurrency: 1,
});
const log = createLog({ level: 'silent' });
let dir: string;
let server: Breakable;
let backend: JobBackend;
afterEach(async () => {
  await server.back();
  await backend.close(1_000);
  await server.stop();
  rmSync(dir, { recursive: true, force: true });
});

async function open(kind: 'postgres' | 'redis'): Promise<void> {
  dir = mkdtempSync(join(tmpdir(), 'queue-away-'));
  server = await (kind === 'redis' ? breakableRedis : breakablePostgres)(dir);
  const redisUrl = kind === 'redis' ? server.url : null;
  backend = await openQueue({ redisUrl, databaseUrl: server.url, log });
}

it.each(['postgres', 'redis'] as const)('%s is away when it is first used', async (kind) => {
  await open(kind);
  await server.away('crashed');
  const handled: number[] = [];
  backend.work(job, async ({ n }) => void handled.push(n));
  expect(await backend.send(job, { n: 1 })).toBe(false);
  await server.back();
  await eventually('a hint is taken', () => backend.send(job, { n: 2 }));
  await eventually('it is handled', () => handled.includes(2));
});

it('PostgreSQL crashes under the first statement', async () => {
  await open('postgres');
  const other = new pg.Client({ connectionString: server.url });
  other.on('error', () => undefined);
  await other.connect();
  const { rows } = await other.query<{ name: string }>(
    `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname = 'bullmq'`,
  );
  await other.query('BEGIN');
  await other.query(`LOCK TABLE ${rows.map(({ name }) => name).join(', ')} IN ACCESS EXCLUSIVE MODE`);
  const sent = backend.send(job, { n: 1 });
  await eventually('it waits for the lock', async () => {
    const { rows } = await other.query(`SELECT FROM pg_locks WHERE NOT granted`);
    return rows.length > 0;
  });
  await server.away('crashed');
  expect(await sent).toBe(false);
});
