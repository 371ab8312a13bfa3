// The limits that schedulers store: the latest holds for all schedulers, with the time of the last change.
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type TestDatabase, testDatabase } from '../e2e/support/database.ts';
import { type Database, openDatabase } from './client.ts';
import { noteBotLimits } from './sql/note-bot-limits.ts';
import { noteSweep } from './sql/note-sweep.ts';
import { notePlatformFault } from './sql/platform-faults.ts';
import { poolFigures } from './sql/pool-figures.ts';
import { readPoolPlatforms } from './sql/pool-platforms.ts';

let database: TestDatabase;
let db: Database;

beforeEach(async () => {
  database = await testDatabase();
  db = openDatabase({ url: database.url });
});
afterEach(async () => {
  await db.$disconnect();
  await database.drop();
});

const storedLimits = () =>
  database.query<{ platform: string; bot_limit: number; at: Date }>(
    `SELECT deployment_platform AS platform, bot_limit, bot_limit_at AS at FROM bot_pool_platforms ORDER BY 1`,
  );
const backdateByAnHour = () =>
  database.query(`UPDATE bot_pool_platforms SET bot_limit_at = now() - interval '1 hour'`);

it('the limits stored last hold, and their time changes only when a limit does', async () => {
  await notePlatformFault(db, 'aws', { kind: 'capacity', message: 'full' });
  await noteBotLimits(db, [
    { platform: 'k8s', limit: 5 },
    { platform: 'aws', limit: 3 },
  ]);
  expect(await storedLimits()).toMatchObject([
    { platform: 'aws', bot_limit: 3 },
    { platform: 'k8s', bot_limit: 5 },
  ]);
  await backdateByAnHour();
  const before = await storedLimits();
  await noteBotLimits(db, [{ platform: 'aws', limit: 3 }]);
  expect(await storedLimits()).toEqual(before);
  await noteBotLimits(db, [{ platform: 'aws', limit: 2 }]);
  const [aws, k8s] = await storedLimits();
  expect(aws?.bot_limit).toBe(2);
  expect(aws?.at.getTime()).toBeGreaterThan(before[0]?.at.getTime() ?? Number.POSITIVE_INFINITY);
  expect(k8s).toEqual(before[1]);
  expect(await readPoolPlatforms(db)).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ deployment_platform: 'aws', is_full: true, bot_limit: 2 }),
    ]),
  );
});

it('poolFigures reads an empty pool, and the sweep and limits once they are stored', async () => {
  expect(await poolFigures(db)).toEqual({
    waiting: 0,
    oldest_wait_seconds: 0,
    sweep_age_seconds: null,
    slots: [],
    limits: [],
    breakers: [],
    launches: [],
  });
  await noteSweep(db, { dispatched: true });
  await noteSweep(db, { dispatched: true });
  await noteBotLimits(db, [{ platform: 'aws', limit: 3 }]);
  const { sweep_age_seconds, limits, breakers, launches } = await poolFigures(db);
  expect(sweep_age_seconds).toBeGreaterThanOrEqual(0);
  expect(sweep_age_seconds).toBeLessThan(20);
  expect(limits).toEqual([{ platform: 'aws', limit: 3 }]);
  expect(breakers).toEqual([{ platform: 'aws', state: 'closed' }]);
  expect(launches).toEqual([{ platform: 'aws', waiting: 0, oldest_seconds: 0 }]);
});
