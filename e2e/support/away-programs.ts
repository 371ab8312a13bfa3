// Programs of ours beside a PostgreSQL and a Redis that a test can take away.
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { freePort } from '../../infra/embedded/free-port.ts';
import { type EmbeddedS3, startEmbeddedS3 } from '../../infra/embedded/s3.ts';
import { migrate } from '../../prisma/migrate.ts';
import { type Breakable, breakablePostgres, breakableRedis, type Way } from './breakable.ts';
import { eventually } from './eventually.ts';
import { type Program, runProgram } from './program.ts';

export const GRACE_MS = 500;
/** Added to the grace time: for closing, and for a busy machine. A program that waits for the server ends after 12 s. */
export const MARGIN_MS = 5_000;
export const PROGRAMS = ['api/main.ts', 'scheduler/main.ts', 'deployer/main.ts'];
export const CREDENTIALS = { accessKeyId: 'test', secretAccessKey: 'test-secret' };
/** How a log names a database that is waited for. */
export const DATABASE_ADDRESS = /PostgreSQL at 127\.0\.0\.1:\d+"/;

export type Queue = 'postgres' | 'redis';

/** Registers the hooks that start and stop everything. */
export function awayPrograms() {
  const dir = mkdtempSync(join(tmpdir(), 'meeboter-stop-'));
  chmodSync(dir, 0o755);
  let s3: EmbeddedS3;
  const servers = {} as { database: Breakable; redis: Breakable };
  const programs: Program[] = [];

  beforeAll(async () => {
    servers.database = await breakablePostgres(dir);
    servers.redis = await breakableRedis(dir);
    await migrate(servers.database.url);
    s3 = await startEmbeddedS3({ dir: join(dir, 's3'), port: 0, credentials: CREDENTIALS });
  });
  afterEach(async () => {
    await Promise.all(programs.splice(0).map((program) => program.kill()));
    await servers.database.back();
    await servers.redis.back();
  });
  afterAll(async () => {
    await servers.database.stop();
    await servers.redis.stop();
    await s3.stop();
    rmSync(dir, { recursive: true, force: true });
  });

  const store = () => ({
    S3_ENDPOINT: s3.endpoint,
    S3_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
    S3_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
  });

  /** Starts a program. `url` is where it serves its health. */
  async function begin(main: string, queue: Queue, env: Record<string, string> = {}) {
    const port = await freePort();
    const program = runProgram(main, {
      DATABASE_URL: servers.database.url,
      ...(queue === 'redis' ? { REDIS_URL: servers.redis.url } : {}),
      // Each program gets only the settings that it reads.
      ...(main === 'deployer/main.ts' ? { RUNTIME_DIR: join(dir, 'runtimes') } : store()),
      ...(main === 'scheduler/main.ts'
        ? {}
        : { MEEBOTER_SECRET: 'a secret of the tests, long enough to pass' }),
      [main === 'api/main.ts' ? 'API_PORT' : 'HEALTH_PORT']: String(port),
      STOP_GRACE_MS: String(GRACE_MS),
      LOG_LEVEL: 'debug',
      ...env,
    });
    programs.push(program);
    return { program, main, url: `http://127.0.0.1:${port}` };
  }
  type Begun = Awaited<ReturnType<typeof begin>>;

  const untilReady = ({ program, main, url }: Begun) =>
    eventually(`${main} is ready`, async () => {
      if (program.exitCode() !== null) throw new Error(program.output());
      return (await fetch(`${url}/readyz`)).ok;
    });
  const readinessOf = async ({ url }: Begun) =>
    (await (await fetch(`${url}/readyz`)).json()) as { degraded: string[] };
  const untilWaiting = ({ program, main }: Begun, server: RegExp) =>
    eventually(
      `${main} waits`,
      () => /waiting for a server/.test(program.output()) && server.test(program.output()),
      { seen: program.output },
    );

  /** SIGTERM while a server is away: all three programs end within the grace time. */
  async function expectEndInTime(queue: Queue, server: 'database' | 'redis', way: Way): Promise<void> {
    const started = await Promise.all(PROGRAMS.map((main) => begin(main, queue)));
    await Promise.all(started.map(untilReady));
    await servers[server].away(way);
    // A request that hangs. When the next one is answered, the program has received it.
    const hanging = started.map(({ url }) => fetch(`${url}/readyz`).catch(() => undefined));
    await Promise.all(started.map(async ({ url }) => (await fetch(`${url}/livez`)).ok));
    const ends = await Promise.all(
      started.map(async ({ program }) => {
        program.signal('SIGTERM');
        const late = delay(GRACE_MS + MARGIN_MS, 'late', { ref: false });
        return (await Promise.race([program.ended(), late])) === 'late' ? program.output() : 'ended';
      }),
    );
    expect(ends).toEqual(['ended', 'ended', 'ended']);
    expect(started.map(({ program }) => program.exitCode())).toEqual([0, 0, 0]);
    await Promise.all(hanging);
  }

  /** A program that starts while the database is away waits for it. */
  async function expectWait(queue: Queue, way: Way): Promise<void> {
    await servers.database.away(way);
    // With the queue on Redis, the API first connects to the database when it serves a request.
    const waiters = queue === 'redis' ? PROGRAMS.slice(1) : PROGRAMS;
    const begun = await Promise.all(waiters.map((main) => begin(main, queue)));
    await Promise.all(begun.map((it) => untilWaiting(it, DATABASE_ADDRESS)));
    await servers.database.back();
    await Promise.all(begun.map(untilReady));
  }

  /** A program that starts without its Redis does its work, and uses Redis when it is there. */
  async function expectUseLater(way: Way): Promise<void> {
    await servers.redis.away(way);
    const begun = await Promise.all(PROGRAMS.map((main) => begin(main, 'redis')));
    await Promise.all(begun.map(untilReady));
    for (const it of begun) expect((await readinessOf(it)).degraded).toEqual(['queue']);
    await servers.redis.back();
    for (const it of begun) {
      await eventually('the queue is used', async () => (await readinessOf(it)).degraded.length === 0);
    }
    // Its workers run too.
    const [, scheduler] = begun;
    await eventually('the scheduler handles jobs', async () => {
      const answer = await fetch(`${scheduler?.url}/livez`);
      const { last_job_ms_ago } = (await answer.json()) as { last_job_ms_ago: number };
      return last_job_ms_ago < 1_000;
    });
  }

  return {
    ...{ dir, servers, begin, untilReady, readinessOf, untilWaiting },
    ...{ expectEndInTime, expectWait, expectUseLater },
  };
}
