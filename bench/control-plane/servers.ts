// The servers that the product needs, for one bench: PostgreSQL with its default durability, optionally Redis, an
// object store, and a temporary folder.
import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLog } from '@meeboter/chassis/log.ts';
import { openQueue } from '@meeboter/chassis/queue.ts';
import { migrate } from '@meeboter/prisma/migrate.ts';
import { Redis } from 'ioredis';
import pg from 'pg';
import { freePort } from '../../infra/embedded/free-port.ts';
import { startEmbeddedPostgres } from '../../infra/embedded/postgres.ts';
import { startEmbeddedS3 } from '../../infra/embedded/s3.ts';
import { closing } from './cleanup.ts';

export interface Servers {
  dir: string;
  databaseUrl: string;
  redisUrl: string | null;
  /** Environment with which the product's programs find them. */
  env: Record<string, string>;
  /** Process ids, to measure their usage; children count with their parent. */
  pids: { postgres: number; redis: number | null };
  /** A plain pg pool, for baselines and for checks. */
  pool: pg.Pool;
  close(): Promise<void>;
}

/** Starts the servers, with an empty, migrated database. */
export async function startServers(redis: boolean): Promise<Servers> {
  const dir = mkdtempSync(join(tmpdir(), 'meeboter-bench-'));
  chmodSync(dir, 0o755);
  const removed = closing(() => rmSync(dir, { recursive: true, force: true }));
  const dataDir = join(dir, 'postgres');
  // Only max_connections is changed; fsync, synchronous_commit and the buffers keep their defaults.
  const postgres = await startEmbeddedPostgres({
    dir: dataDir,
    port: await freePort(),
    settings: ['max_connections=300'],
  });
  const postgresStopped = closing(() => postgres.stop());
  const databaseUrl = await postgres.database('meeboter');
  await migrate(databaseUrl);
  // Also creates the queue's tables, which otherwise the first program would create.
  await (await openQueue({ redisUrl: null, databaseUrl, log: createLog({ level: 'silent' }) })).close(1_000);
  const queue = redis ? await startRedis(dir) : null;
  const credentials = { accessKeyId: 'bench', secretAccessKey: 'bench-secret' };
  const s3 = await startEmbeddedS3({ dir: join(dir, 's3'), port: 0, credentials });
  const s3Stopped = closing(() => s3.stop());
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 40 });
  pool.on('error', () => undefined);
  const poolClosed = closing(() => pool.end());

  return {
    ...{ dir, databaseUrl, pool },
    redisUrl: queue?.url ?? null,
    env: {
      DATABASE_URL: databaseUrl,
      ...(queue ? { REDIS_URL: queue.url } : {}),
      S3_ENDPOINT: s3.endpoint,
      S3_ACCESS_KEY_ID: credentials.accessKeyId,
      S3_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      MEEBOTER_SECRET: 'a secret of the benches, long enough to pass',
    },
    pids: {
      postgres: Number(readFileSync(join(dataDir, 'postmaster.pid'), 'utf8').split('\n')[0]),
      redis: queue?.pid ?? null,
    },
    async close() {
      await poolClosed();
      await s3Stopped();
      await queue?.stop();
      await postgresStopped();
      await removed();
    },
  };
}

/** Starts Redis with the settings of our compose file and charts: hz 100, append-only file, fsync every second. */
async function startRedis(dir: string) {
  const port = await freePort();
  const flags = {
    port,
    bind: '127.0.0.1',
    dir,
    hz: 100,
    appendonly: 'yes',
    appendfsync: 'everysec',
    save: '',
  };
  const server = spawn(
    'redis-server',
    Object.entries(flags).flatMap(([name, value]) => [`--${name}`, String(value)]),
    { stdio: 'ignore', detached: true },
  );
  const ended = new Promise<void>((done) => server.once('exit', () => done()));
  const stop = closing(async () => {
    server.kill('SIGKILL');
    await ended;
  });
  const client = new Redis(port, '127.0.0.1', { retryStrategy: () => 50, maxRetriesPerRequest: null });
  client.on('error', () => undefined);
  await Promise.race([
    client.ping(),
    new Promise((_, failed) => server.once('error', failed)),
    ended.then(() => Promise.reject(new Error('redis-server did not start'))),
  ]);
  client.disconnect();
  return { url: `redis://127.0.0.1:${port}`, pid: server.pid ?? 0, stop };
}
