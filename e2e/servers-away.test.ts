// Programs whose PostgreSQL or Redis is away. On SIGTERM they still end within their grace time, because a
// supervisor would kill them and a roll-out would wait for them. At their start they wait for the server.
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../infra/embedded/free-port.ts';
import { type EmbeddedS3, startEmbeddedS3 } from '../infra/embedded/s3.ts';
import { migrate } from '../prisma/migrate.ts';
import { type Breakable, breakablePostgres, breakableRedis, type Way } from './support/breakable.ts';
import { eventually } from './support/eventually.ts';
import { type Program, runProgram } from './support/program.ts';

const GRACE_MS = 500;
/** Added to the grace time: for closing, and for a busy machine. */
const MARGIN_MS = 2_500;
const PROGRAMS = ['api/main.ts', 'scheduler/main.ts', 'deployer/main.ts'];
const CREDENTIALS = { accessKeyId: 'test', secretAccessKey: 'test-secret' };

const dir = mkdtempSync(join(tmpdir(), 'meeboter-stop-'));
chmodSync(dir, 0o755);
let s3: EmbeddedS3;
let servers: { database: Breakable; redis: Breakable };
const programs: Program[] = [];

beforeAll(async () => {
  servers = { database: await breakablePostgres(dir), redis: await breakableRedis(dir) };
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

type Queue = 'postgres' | 'redis';

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
    {
      seen: program.output,
    },
  );

describe('a program that gets SIGTERM', () => {
  describe.each([
    ['postgres', 'database', 'crashed'],
    ['postgres', 'database', 'frozen'],
    ['redis', 'database', 'crashed'],
    ['redis', 'database', 'frozen'],
    ['redis', 'redis', 'crashed'],
    ['redis', 'redis', 'frozen'],
  ] as const)('with the queue on %s and the %s %s', (queue, server, way: Way) => {
    it('ends within the grace time', async () => {
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
    });
  });
});

describe('a program that starts', () => {
  const ADDRESS = { database: /PostgreSQL at 127\.0\.0\.1:\d+"/ };

  it.each([
    ['postgres', 'database', 'crashed'],
    ['postgres', 'database', 'frozen'],
    ['redis', 'database', 'crashed'],
  ] as const)('waits, with the queue on %s and the %s %s', async (queue, server, way) => {
    await servers[server].away(way);
    // With the queue on Redis, the API first connects to the database when it serves a request.
    const waiters = queue === 'redis' ? PROGRAMS.slice(1) : PROGRAMS;
    const begun = await Promise.all(waiters.map((main) => begin(main, queue)));
    await Promise.all(begun.map((it) => untilWaiting(it, ADDRESS[server])));
    await servers[server].back();
    await Promise.all(begun.map(untilReady));
  });

  it.each(['crashed', 'frozen'] as const)(
    'does not wait for a Redis that is %s, and uses it later',
    async (way) => {
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
    },
  );

  it('ends on SIGTERM while it has no Redis yet', async () => {
    await servers.redis.away('frozen');
    const begun = await Promise.all(PROGRAMS.map((main) => begin(main, 'redis')));
    await Promise.all(begun.map(untilReady));
    const ends = begun.map(({ program }) => {
      program.signal('SIGTERM');
      return program.ended();
    });
    for (const { code, tookMs } of await Promise.all(ends)) {
      expect(code).toBe(0);
      expect(tookMs).toBeLessThan(GRACE_MS + MARGIN_MS);
    }
  });

  it('does not wait for an object store that is away, and creates the bucket later', async () => {
    const port = await freePort();
    const env = { S3_ENDPOINT: `http://127.0.0.1:${port}`, S3_BUCKET: 'later' };
    const api = await begin('api/main.ts', 'postgres', env);
    await untilReady(api);
    expect((await readinessOf(api)).degraded).toEqual(['object_store']);
    const later = await startEmbeddedS3({ dir: join(dir, 'later'), port, credentials: CREDENTIALS });
    // Not the readiness probe creates the bucket, but the start, which keeps trying.
    await eventually('the bucket exists', async () => (await readinessOf(api)).degraded.length === 0);
    expect(api.program.output()).toMatch(/the bucket is there/);
    await later.stop();
  });

  it('ends at once on SIGTERM while it waits', async () => {
    await servers.database.away('crashed');
    const begun = await Promise.all(PROGRAMS.map((main) => begin(main, 'postgres')));
    await Promise.all(begun.map((it) => untilWaiting(it, ADDRESS.database)));
    const ends = begun.map(({ program }) => {
      program.signal('SIGTERM');
      return program.ended();
    });
    for (const { code, tookMs } of await Promise.all(ends)) {
      expect(code).toBe(0);
      expect(tookMs).toBeLessThan(1_000);
    }
  });

  it('names the server when START_PATIENCE_MS has passed', async () => {
    await servers.database.away('crashed');
    const { program } = await begin('scheduler/main.ts', 'postgres', { START_PATIENCE_MS: '300' });
    expect((await program.ended()).code).toBe(1);
    expect(program.output()).toMatch(/^PostgreSQL at \S+ cannot be reached: connect ECONNREFUSED \S+$/m);
  });

  it.each([
    ['a wrong password', 'postgres', 'DATABASE_URL', /:[^:@]+@/, ':guess@', /password authentication failed/],
    [
      'no such database',
      'postgres',
      'DATABASE_URL',
      /[^/]+$/,
      'nowhere',
      /database "nowhere" does not exist/,
    ],
    ['a wrong password', 'redis', 'DATABASE_URL', /:[^:@]+@/, ':guess@', /password authentication failed/],
    ['no such database', 'redis', 'DATABASE_URL', /[^/]+$/, 'nowhere', /nowhere.* does not exist/],
    // The database `postgres` always exists, without our tables.
    ['no migration', 'redis', 'DATABASE_URL', /[^/]+$/, 'postgres', /bot_pool_platforms.*does not exist/],
    ['a wrong password', 'redis', 'REDIS_URL', /:[^:@]+@/, ':guess@', /WRONGPASS/],
    ['no port of Redis', 'redis', 'REDIS_URL', /:\d+$/, ':99999', /REDIS_URL/],
  ] as const)('does not wait when the error is permanent: %s, with the queue on %s, %s', async (...given) => {
    const [, queue, name, part, instead, says] = given;
    const url = (name === 'REDIS_URL' ? servers.redis : servers.database).url;
    const { program } = await begin('scheduler/main.ts', queue, { [name]: url.replace(part, instead) });
    expect((await program.ended()).code).toBe(1);
    expect(program.output()).toMatch(says);
    expect(program.output()).not.toMatch(/waiting for a server|guess/);
  });
});
