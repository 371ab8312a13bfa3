// The servers of a fault run, each in a process of its own, with their database, Redis and object store.
import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureAccount, newApiKey } from '@meeboter/api/account.ts';
import { startApi } from '@meeboter/api/api.ts';
import { readSettings } from '@meeboter/chassis/env.ts';
import type { JobBackend } from '@meeboter/chassis/jobs.ts';
import { createLog } from '@meeboter/chassis/log.ts';
import { openQueue } from '@meeboter/chassis/queue.ts';
import { migrate } from '@meeboter/prisma/migrate.ts';
import { Redis } from 'ioredis';
import pg from 'pg';
import { freePort } from '../../infra/embedded/free-port.ts';
import { startEmbeddedPostgres } from '../../infra/embedded/postgres.ts';
import { startEmbeddedS3 } from '../../infra/embedded/s3.ts';
import { Child } from './children.ts';
import { killAtExit } from './cleanup.ts';
import { Front } from './front.ts';

export interface FaultWorld {
  dir: string;
  apiUrl: string;
  apiKey: string;
  children: Child[];
  front: Front;
  /** For sending hints a second time. */
  jobs: JobBackend;
  query<T>(sql: string, values?: unknown[]): Promise<T[]>;
  /** Crashes the database, and starts it again after `downMs`. */
  crashDatabase(downMs: number): Promise<void>;
  /** The same for Redis. Does nothing when the queue is in PostgreSQL. */
  crashQueue(downMs: number): Promise<void>;
  /** Resolves when one of the APIs is ready. Bypasses the front. */
  untilReady(): Promise<void>;
  /** Rolls out a new version: a migration first, then a restart of one process after the other. */
  rollOut(): Promise<void>;
  /** Deletes everything in the queue. */
  emptyQueue(): Promise<void>;
  close(keep: boolean): Promise<void>;
}

const main = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const pause = (ms: number) => new Promise((done) => setTimeout(done, ms));

export interface FaultWorldOptions {
  redis: boolean;
  sweeps: boolean;
  platformUrl: string;
  limit: number;
  leaseMs: { beforeAdmission: number; inCall: number };
  /** How many processes of each kind. */
  processes?: { apis: number; schedulers: number; deployers: number };
}

export async function startFaultWorld(options: FaultWorldOptions): Promise<FaultWorld> {
  const dir = mkdtempSync(join(tmpdir(), 'meeboter-faults-'));
  chmodSync(dir, 0o755);
  const closedInOrder = killAtExit(dir);
  const pgOptions = { dir: join(dir, 'postgres'), port: await freePort(), settings: ['max_connections=500'] };
  let postgres = await startEmbeddedPostgres(pgOptions);
  const databaseUrl = await postgres.database('meeboter');
  await migrate(databaseUrl);
  await insertLeads(databaseUrl);
  const redis = options.redis ? await redisServer(dir) : null;
  const credentials = { accessKeyId: 'faults', secretAccessKey: 'faults-secret' };
  const s3 = await startEmbeddedS3({ dir: join(dir, 's3'), port: 0, credentials });
  const counts = options.processes ?? { apis: 2, schedulers: 2, deployers: 3 };
  const apiPorts: number[] = [];
  for (let n = 0; n < counts.apis; n += 1) apiPorts.push(await freePort());
  const frontPort = await freePort();
  const apiUrl = `http://127.0.0.1:${frontPort}`;
  const env: Record<string, string> = {
    DATABASE_URL: databaseUrl,
    ...(redis ? { REDIS_URL: redis.url } : {}),
    S3_ENDPOINT: s3.endpoint,
    S3_ACCESS_KEY_ID: credentials.accessKeyId,
    S3_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    MEEBOTER_SECRET: 'a secret of the fault runs, long enough to pass',
    API_PORT: String(apiPorts[0]),
    API_PUBLIC_URL: apiUrl,
    PLATFORM_PRIORITY: 'aws,k8s,coolify',
    AWS_BOT_LIMIT: String(options.limit),
    K8S_BOT_LIMIT: String(options.limit),
    COOLIFY_BOT_LIMIT: String(options.limit),
    LAUNCH_RATES: 'aws=1000/1000,k8s=1000/1000,coolify=1000/1000',
    LAUNCH_TIMEOUT_MS: '6000',
    LEASE_BEFORE_ADMISSION_MS: String(options.leaseMs.beforeAdmission),
    LEASE_IN_CALL_MS: String(options.leaseMs.inCall),
    LAB_ORIGIN: 'http://127.0.0.1:9',
    RUNTIME_DIR: join(dir, 'runtimes'),
    STOP_GRACE_MS: '3000',
  };
  const log = createLog({ level: 'silent' });
  const apiKey = await makeAccount(env, log);
  const settings = readSettings(env);
  const jobs = await openQueue({ redisUrl: settings.REDIS_URL ?? null, databaseUrl, log });

  const control = options.sweeps ? {} : { LAB_NO_SWEEPS: '1' };
  const children = [
    ...apiPorts.map(
      (port, n) => new Child(`api-${n}`, main('../../api/main.ts'), { ...env, API_PORT: String(port) }, dir),
    ),
    ...Array.from({ length: counts.schedulers }, (_, n) => {
      return new Child(`scheduler-${n}`, main('./scheduler-main.ts'), { ...env, ...control }, dir);
    }),
    ...Array.from({ length: counts.deployers }, (_, n) => {
      const own = { ...env, ...control, LAB_PLATFORM_URL: options.platformUrl };
      return new Child(`deployer-${n}`, main('./deployer-main.ts'), own, dir);
    }),
  ];
  for (const child of children) child.start();
  const front = new Front(apiPorts);
  await front.listen(frontPort);

  let rollOuts = 0;
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 4, connectionTimeoutMillis: 5_000 });
  pool.on('error', () => undefined);
  return {
    ...{ dir, apiUrl, apiKey, children, front, jobs },
    query: async <T>(sql: string, values: unknown[] = []) => (await pool.query(sql, values)).rows as T[],
    async crashDatabase(downMs) {
      await postgres.crash();
      await pause(downMs);
      // Tries twice: another program may have taken the port, or the machine may be too busy.
      const start = () => startEmbeddedPostgres(pgOptions);
      postgres = await start().catch(start);
    },
    async crashQueue(downMs) {
      await redis?.crash(downMs);
    },
    async untilReady() {
      const ready = (port: number) => fetch(`http://127.0.0.1:${port}/readyz`).then((answer) => answer.ok);
      while (!(await Promise.any(apiPorts.map(ready)).catch(() => false))) await pause(100);
    },
    async rollOut() {
      rollOuts += 1;
      // Adds columns to tables that are used by prepared statements, as a release may do under load.
      for (const table of ['bots', 'deployments', 'bot_pool_slots', 'events']) {
        await pool.query(`ALTER TABLE ${table} ADD COLUMN lab_release_${rollOuts} text`);
      }
      for (const child of children) await child.restart();
    },
    async emptyQueue() {
      if (redis) return redis.flush();
      const tables = await pool.query<{ name: string }>(
        `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
         WHERE schemaname = 'bullmq' AND tablename NOT LIKE '%migration%' AND tablename NOT LIKE '%version%'`,
      );
      await pool.query(`TRUNCATE ${tables.rows.map((table) => table.name).join(', ')}`);
    },
    async close(keep) {
      front.close();
      await Promise.all(children.map((child) => child.stop()));
      await jobs.close(1_000);
      await pool.end();
      await redis?.stop();
      await s3.stop();
      await postgres.stop();
      if (!keep) rmSync(dir, { recursive: true, force: true });
      closedInOrder();
    },
  };
}

/** Inserts a measured lead of 1 s for both platforms. With the assumed leads most bookings would be due at once. */
async function insertLeads(databaseUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  await client.query(
    `INSERT INTO bot_pool_platforms (deployment_platform, lead_ms, lead_samples) VALUES ('aws', 1000, 20), ('k8s', 1000, 20)`,
  );
  await client.end();
}

/** Creates an account and an API key, with an API that is started only for this. */
async function makeAccount(env: Record<string, string>, log: ReturnType<typeof createLog>): Promise<string> {
  const api = await startApi(readSettings(env), log);
  const account = { email: 'faults@example.org', name: 'Faults', password: 'correct horse battery' };
  const key = await newApiKey(api.context, await ensureAccount(api.context, account), 'faults');
  await api.stop();
  return key;
}

async function redisServer(dir: string) {
  const port = await freePort();
  const start = () =>
    spawn(
      'redis-server',
      [
        '--port',
        String(port),
        '--bind',
        '127.0.0.1',
        '--dir',
        dir,
        '--hz',
        '100',
        '--appendonly',
        'yes',
        '--save',
        '',
      ],
      { stdio: 'ignore' },
    );
  let server = start();
  const stop = async () => {
    const ended = new Promise<void>((done) => server.once('exit', () => done()));
    server.kill('SIGKILL');
    await ended;
  };
  const client = new Redis(port, '127.0.0.1', { retryStrategy: () => 100, maxRetriesPerRequest: null });
  client.on('error', () => undefined);
  await client.ping();
  return {
    url: `redis://127.0.0.1:${port}`,
    flush: async () => void (await client.flushall()),
    async crash(downMs: number) {
      await stop();
      await pause(downMs);
      server = start();
    },
    async stop() {
      client.disconnect();
      await stop();
    },
  };
}
