// `npm run doctor` on real servers: what is right, and what it says of what is not.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { openStorage } from '@meeboter/chassis/storage.ts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type EmbeddedS3, startEmbeddedS3 } from '../infra/embedded/s3.ts';
import { type Breakable, breakableRedis } from './support/breakable.ts';
import { type TestDatabase, testDatabase } from './support/database.ts';
import { testSettings } from './support/test-settings.ts';

const CREDENTIALS = { accessKeyId: 'test', secretAccessKey: 'test-secret' };
const dir = mkdtempSync(join(tmpdir(), 'meeboter-doctor-'));
let database: TestDatabase;
let redis: Breakable;
let s3: EmbeddedS3;
beforeAll(async () => {
  database = await testDatabase();
  redis = await breakableRedis(dir);
  s3 = await startEmbeddedS3({ dir: join(dir, 's3'), port: 0, credentials: CREDENTIALS });
});
afterAll(async () => {
  await database.drop();
  await redis.stop();
  await s3.stop();
  rmSync(dir, { recursive: true, force: true });
});

const good = () => ({
  DATABASE_URL: database.url,
  REDIS_URL: redis.url,
  S3_ENDPOINT: s3.endpoint,
  S3_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
  S3_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
  MEEBOTER_SECRET: 'a secret of the tests, long enough to pass',
  RUNTIME_DIR: join(dir, 'runtimes'),
  API_PORT: '9',
});

async function doctor(env: Record<string, string>) {
  const program = spawn(process.execPath, ['scripts/doctor.ts'], {
    env: { PATH: process.env.PATH ?? '', NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<number | null>((done) => program.once('exit', done));
  const [out, complaints] = await Promise.all([text(program.stdout), text(program.stderr)]);
  return { out, complaints, code: await ended };
}

it('finds nothing wrong where nothing is', async () => {
  expect((await doctor(good())).out).toMatch(
    /^warning .* object store .* the bucket meeboter is not there\n +→ /m,
  );
  const storage = openStorage(testSettings({ ...good() }));
  await storage.ensureBucket();
  storage.close();
  const { out, complaints, code } = await doctor(good());
  expect(complaints).toBe('');
  for (const line of [
    /^ok .* settings .* all variables can be read$/m,
    /^ok .* database .* PostgreSQL \d+$/m,
    /^ok .* database .* clock agrees/m,
    /^ok .* database .* all \d+ migrations are applied$/m,
    /^(ok|warning) .* database .* connections/m,
    /^(ok|warning) .* queue .* Redis \d/m,
    /^ok .* object store .* takes an upload over a signed URL, and lists its parts$/m,
    /^ok .* local .* it answers, and runs 0 of our bots$/m,
  ]) {
    expect(out).toMatch(line);
  }
  // No API runs here: a warning, and no error.
  expect(out).toMatch(/^warning .* address .* no API answers there/m);
  expect(out).toMatch(/^0 errors, \d+ warnings$/m);
  expect(code).toBe(0);
});

it('names a platform on which bots run and which PLATFORM_PRIORITY does not name any more', async () => {
  await database.query(
    `INSERT INTO bot_pool_slots (id, deployment_platform, number, state, error)
     VALUES ('slt_1', 'k8s', 1, 'error', 'x'), ('slt_2', 'k8s', 2, 'idle', NULL)`,
  );
  const { out, code } = await doctor(good());
  await database.query('DELETE FROM bot_pool_slots');
  expect(out).toMatch(
    /^ERROR .* k8s .* 1 of its slots are in use, and PLATFORM_PRIORITY does not name it: .*\n +→ Name it/m,
  );
  expect(code).toBe(1);
});

it('names everything that is wrong, with what to do', async () => {
  const wrong = {
    ...good(),
    DATABASE_URL: database.url.replace(/:[^:@]+@/, ':guess@'),
    REDIS_URL: 'redis://127.0.0.1:9',
    S3_SECRET_ACCESS_KEY: 'wrong',
    PLATFORM_PRIORITY: 'local',
    LOCAL_BOT_LIMIT: '0',
  };
  const { out, code } = await doctor(wrong);
  for (const line of [
    /^ERROR .* database .* does not answer: .*password authentication failed.*\n +→ Check DATABASE_URL/m,
    /^ERROR .* queue .* Redis does not answer: .*\n +→ Check REDIS_URL/m,
    /^ERROR .* object store .* does not take an upload: .*\n +→ Check S3_ENDPOINT/m,
    /^warning .* local .* its limit is 0/m,
  ]) {
    expect(out).toMatch(line);
  }
  expect(out).not.toContain('guess');
  expect(code).toBe(1);
});

it('says all that is wrong with the settings, and looks at nothing then', async () => {
  const { out, code } = await doctor({ ...good(), DATABASE_URL: 'nowhere', PLATFORM_PRIORITY: 'mars' });
  expect(out).toMatch(/^ERROR .* settings .* DATABASE_URL: must look like/m);
  expect(out).toMatch(/^ERROR .* settings .* PLATFORM_PRIORITY: must name some of/m);
  expect(out).toMatch(/^2 errors, 0 warnings$/m);
  expect(code).toBe(1);
});
