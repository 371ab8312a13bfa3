// A program that is told to stop ends within its grace time, also while what it
// stands on is away: a supervisor would kill it, a roll-out would wait for it.
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
/** For what is closed after the grace time, and for a busy machine. */
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

/** Starts a program; returns when it is ready. */
async function start(main: string, queue: 'postgres' | 'redis'): Promise<{ program: Program; url: string }> {
  const port = await freePort();
  const program = runProgram(main, {
    DATABASE_URL: servers.database.url,
    ...(queue === 'redis' ? { REDIS_URL: servers.redis.url } : {}),
    S3_ENDPOINT: s3.endpoint,
    S3_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
    S3_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
    MEEBOTER_SECRET: 'a secret of the tests, long enough to pass',
    [main === 'api/main.ts' ? 'API_PORT' : 'HEALTH_PORT']: String(port),
    RUNTIME_DIR: join(dir, 'runtimes'),
    STOP_GRACE_MS: String(GRACE_MS),
    LOG_LEVEL: 'debug',
  });
  programs.push(program);
  const url = `http://127.0.0.1:${port}`;
  await eventually(`${main} is ready`, async () => {
    if (program.exitCode() !== null) throw new Error(program.output());
    return (await fetch(`${url}/readyz`)).ok;
  });
  return { program, url };
}

describe.each([
  ['postgres', 'database', 'crashed'],
  ['postgres', 'database', 'frozen'],
  ['redis', 'database', 'crashed'],
  ['redis', 'database', 'frozen'],
  ['redis', 'redis', 'crashed'],
  ['redis', 'redis', 'frozen'],
] as const)('with the queue on %s and the %s %s', (queue, server, way: Way) => {
  it('ends within the grace time', async () => {
    const started = await Promise.all(PROGRAMS.map((main) => start(main, queue)));
    await servers[server].away(way);
    // A question that hangs meanwhile: it has been taken in when the next one is answered.
    const asked = started.map(({ url }) => fetch(`${url}/readyz`).catch(() => undefined));
    await Promise.all(started.map(async ({ url }) => (await fetch(`${url}/livez`)).ok));
    const ends = await Promise.all(
      started.map(async ({ program }) => {
        program.signal('SIGTERM');
        const late = delay(GRACE_MS + MARGIN_MS, 'runs on', { ref: false });
        return (await Promise.race([program.ended(), late])) === 'runs on' ? program.output() : 'ended';
      }),
    );
    expect(ends).toEqual(['ended', 'ended', 'ended']);
    expect(started.map(({ program }) => program.exitCode())).toEqual([0, 0, 0]);
    await Promise.all(asked);
  });
});
