// A whole Meeboter in the test's process: object store, API, scheduler and deployer, which can be started and
// stopped one by one, on a database of its own and either queue.
import { createWriteStream, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureAccount, newApiKey } from '@meeboter/api/account.ts';
import { type Api, startApi } from '@meeboter/api/api.ts';
import type { BotView } from '@meeboter/api/bots/schemas.ts';
import { readSettings, type Settings } from '@meeboter/chassis/env.ts';
import type { JobBackend } from '@meeboter/chassis/jobs.ts';
import type { Running } from '@meeboter/chassis/lifecycle.ts';
import { createLog } from '@meeboter/chassis/log.ts';
import { type Deployer, type DeployerOptions, startDeployer } from '@meeboter/deployer/deployer.ts';
import { BOT_STATUSES, isTerminal } from '@meeboter/domain/status.ts';
import { startScheduler } from '@meeboter/scheduler/scheduler.ts';
import { Redis } from 'ioredis';
import { inject } from 'vitest';
import { temporaryFolder } from '../../deployer/platforms/local/local.ts';
import { freePort } from '../../infra/embedded/free-port.ts';
import { startEmbeddedS3 } from '../../infra/embedded/s3.ts';
import { type TestDatabase, testDatabase } from './database.ts';
import { eventually } from './eventually.ts';
import { startPgBouncer } from './pgbouncer.ts';

export type QueueKind = 'postgres' | 'redis';

export interface Answer<T> {
  status: number;
  body: T;
  headers: Headers;
}

export interface WorldOptions {
  queue?: QueueKind;
  /** True: DATABASE_URL leads through PgBouncer in transaction mode, DATABASE_DIRECT_URL to the database. */
  pooled?: boolean;
  labOrigin?: string;
  /** A program that runs instead of the bot. */
  botMain?: string;
  env?: Record<string, string>;
  /** Deployment platforms instead of the built-in ones. */
  platforms?: DeployerOptions['platforms'];
  reconcileEveryMs?: number;
}

export interface World {
  settings: Settings;
  database: TestDatabase;
  apiUrl: string;
  apiKey: string;
  /** An API key of an admin account, which is created by the first call. */
  adminKey(): Promise<string>;
  /** Scratch folder; the log of all servers is in `servers.log`. */
  dir: string;
  /** For sending hints, as the programs do. */
  jobs: JobBackend;
  call<T = unknown>(
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<Answer<T>>;
  /** Books a bot; throws when the API refuses. */
  book(body: Record<string, unknown>): Promise<BotView>;
  bot(id: string): Promise<BotView>;
  /** Waits for one of these statuses. Throws after the deadline, also when the bot has ended with another one. */
  untilStatus(id: string, statuses: string[], deadlineMs?: number): Promise<BotView>;
  /** The statuses of a bot so far, by its events. */
  path(id: string): Promise<string[]>;
  stop(part: 'api' | 'scheduler' | 'deployer'): Promise<void>;
  start(part: 'api' | 'scheduler' | 'deployer'): Promise<void>;
  /** The servers' latest warnings and errors, and the last log lines of each runtime, to print when a test fails. */
  logs(): string;
  /** Deletes everything in the queue, including its schedules. */
  emptyQueue(): Promise<void>;
  close(): Promise<void>;
}

/** The account of `adminKey`, for signing in. */
export const ADMIN = { email: 'admin@example.org', name: 'Admin', password: 'battery horse correct' };
/** The statuses of a bot that meets no fault. */
export const GOOD_LIFE: readonly string[] = BOT_STATUSES.slice(0, BOT_STATUSES.indexOf('DONE') + 1);
/**
 * A Redis database for one world, so that worlds do not see each other's jobs. A counter in database 0 hands
 * out databases 1 to 13 in turn, because test files run in parallel; other tests use 14 and 15.
 */
async function ownRedis(): Promise<string> {
  const url = inject('redisUrl');
  const redis = new Redis(url);
  const turn = await redis.incr('worlds');
  redis.disconnect();
  return `${url}/${1 + (turn % 13)}`;
}

export async function startWorld(options: WorldOptions = {}): Promise<World> {
  const dir = mkdtempSync(join(tmpdir(), 'meeboter-world-'));
  const database = await testDatabase();
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test-secret' };
  const s3 = await startEmbeddedS3({ dir: join(dir, 's3'), port: 0, credentials });
  const pooler = options.pooled ? await startPgBouncer(database.url) : undefined;
  const redisUrl = options.queue === 'redis' ? await ownRedis() : undefined;
  const settings = readSettings({
    DATABASE_URL: pooler?.url ?? database.url,
    DATABASE_DIRECT_URL: pooler ? database.url : undefined,
    REDIS_URL: redisUrl,
    S3_ENDPOINT: s3.endpoint,
    S3_ACCESS_KEY_ID: credentials.accessKeyId,
    S3_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    MEEBOTER_SECRET: 'a secret of the tests, long enough to pass',
    API_PORT: String(await freePort()),
    RUNTIME_DIR: join(dir, 'runtimes'),
    LAB_ORIGIN: options.labOrigin,
    STOP_GRACE_MS: '3000',
    // The same on machines with any number of cores.
    LOCAL_BOT_LIMIT: '4',
    LAUNCH_RATES: 'local=1000/1000,aws=1000/1000,k8s=1000/1000',
    ...options.env,
  });
  const log = createLog({
    level: 'debug',
    destination: createWriteStream(join(dir, 'servers.log'), { flags: 'a' }),
  });

  const parts: { api?: Api; scheduler?: Running; deployer?: Deployer } = {};
  const starters = {
    api: async () => {
      parts.api = await startApi(settings, log);
    },
    scheduler: async () => {
      parts.scheduler = await startScheduler(settings, log);
    },
    deployer: async () => {
      parts.deployer = await startDeployer(settings, {
        log,
        ...(options.botMain === undefined ? {} : { botMain: options.botMain }),
        ...(options.platforms === undefined ? {} : { platforms: options.platforms }),
        ...(options.reconcileEveryMs === undefined ? {} : { reconcileEveryMs: options.reconcileEveryMs }),
      });
    },
  };
  await starters.api();
  await starters.scheduler();
  await starters.deployer();
  if (!parts.api) throw new Error('no API');
  const account = { email: 'tester@example.org', name: 'Tester', password: 'correct horse battery' };
  const userId = await ensureAccount(parts.api.context, account);
  const apiKey = await newApiKey(parts.api.context, userId, 'tests');
  const apiUrl = parts.api.url;
  const { context } = parts.api;
  let adminKey: Promise<string> | undefined;

  const call: World['call'] = async (method, path, body, headers = {}) => {
    const response = await fetch(`${apiUrl}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${apiKey}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      signal: AbortSignal.timeout(10_000),
    });
    const text = await response.text();
    return { status: response.status, body: text ? JSON.parse(text) : undefined, headers: response.headers };
  };
  const runtimes = () =>
    existsSync(settings.RUNTIME_DIR)
      ? readdirSync(settings.RUNTIME_DIR).filter((name) => name.startsWith('dep_'))
      : [];
  const bot = async (id: string) => (await call<BotView>('GET', `/v1/bots/${id}`)).body;

  return {
    ...{ settings, database, apiUrl, apiKey, dir, call, bot, jobs: context.jobs },
    adminKey() {
      adminKey ??= ensureAccount(context, { ...ADMIN, admin: true }).then((id) =>
        newApiKey(context, id, 'tests'),
      );
      return adminKey;
    },
    async book(body) {
      const answer = await call<BotView>('POST', '/v1/bots', body);
      if (answer.status !== 201) throw new Error(`the booking was refused: ${JSON.stringify(answer.body)}`);
      return answer.body;
    },
    async untilStatus(id, statuses, deadlineMs = 60_000) {
      let last: BotView | undefined;
      return eventually(
        `bot ${id} is ${statuses.join(' or ')}`,
        async () => {
          last = await bot(id);
          if (statuses.includes(last.status)) return last;
          if (isTerminal(last.status)) {
            throw new Error(`the bot ended with ${last.status}: ${last.sub_code}, ${last.detail}`);
          }
          return undefined;
        },
        {
          deadlineMs,
          seen: () => last && { status: last.status, sub_code: last.sub_code, detail: last.detail },
        },
      );
    },
    async path(id) {
      const answer = await call<{ data: { type: string; payload: { to?: string } }[] }>(
        'GET',
        `/v1/bots/${id}/events?limit=200`,
      );
      return answer.body.data
        .filter((event) => event.type === 'bot.status_changed')
        .map((event) => event.payload.to ?? '');
    },
    async stop(part) {
      await parts[part]?.stop();
      delete parts[part];
    },
    start: (part) => starters[part](),
    logs() {
      const servers = readFileSync(join(dir, 'servers.log'), 'utf8').split('\n');
      return [
        ...servers.filter((line) => /"level":"(warn|error)"/.test(line)).slice(-40),
        ...runtimes().flatMap((id) => [
          `--- ${id}`,
          ...readFileSync(join(settings.RUNTIME_DIR, id, 'runtime.log'), 'utf8')
            .split('\n')
            .slice(-40),
        ]),
      ].join('\n');
    },
    async emptyQueue() {
      if (redisUrl !== undefined) {
        const redis = new Redis(redisUrl);
        await redis.flushdb();
        redis.disconnect();
        return;
      }
      const tables = await database.query<{ name: string }>(
        `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
         WHERE schemaname = 'bullmq' AND tablename NOT LIKE '%migration%' AND tablename NOT LIKE '%version%'`,
      );
      await database.query(`TRUNCATE ${tables.map((table) => table.name).join(', ')}`);
    },
    async close() {
      await parts.scheduler?.stop();
      await parts.deployer?.stop();
      await parts.deployer?.stopRuntimes(3_000);
      await parts.api?.stop();
      await s3.stop();
      await pooler?.stop();
      await database.drop();
      // What is left of runtimes whose stop was not confirmed in time.
      for (const id of runtimes()) rmSync(temporaryFolder(id), { recursive: true, force: true });
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
