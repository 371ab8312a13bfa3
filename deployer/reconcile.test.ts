// Comparing what a platform runs with the rows: what it may stop, and what it may not.
import { createLog } from '@meeboter/chassis/log.ts';
import { beforeEach, expect, it } from 'vitest';
import { emptyPool, giveSlots } from '../e2e/support/empty-pool.ts';
import { handQueue } from '../e2e/support/hand-queue.ts';
import { type PlatformDouble, platformDouble } from '../e2e/support/platform-double.ts';
import { insertBot } from '../e2e/support/rows.ts';
import { testSettings } from '../e2e/support/test-settings.ts';
import { reconcile, type UnknownSince } from './reconcile.ts';

const pool = emptyPool();
const log = createLog({ level: 'silent' });
const MINUTE = 60_000;
const { signal } = new AbortController();
let platform: PlatformDouble;
let unknownSince: UnknownSince;

beforeEach(() => {
  platform = platformDouble();
  unknownSince = new Map();
});

async function round(nowMs: number) {
  const context = {
    settings: testSettings({ DATABASE_URL: pool.database.url }),
    ...{ log, jobs: handQueue(), db: pool.db, hosts: {} },
    platformOf: () => platform,
  };
  return (await reconcile(context, 'aws', platform, { signal, unknownSince, nowMs })).stopped;
}

it('stops the runtime of a deployment that has ended, and leaves those that go on', async () => {
  await insertBot(pool.database);
  await insertBot(pool.database);
  const [ended, goesOn] = await giveSlots(pool.db, { platform: 'aws', count: 2 });
  await pool.db.deployment.update({ where: { id: ended?.deploymentId ?? '' }, data: { state: 'ended' } });
  platform.running = new Set([ended?.deploymentId ?? '', goesOn?.deploymentId ?? '']);
  expect(await round(0)).toEqual([ended?.deploymentId]);
  expect(platform.running).toEqual(new Set([goesOn?.deploymentId]));
});

it('with a database that knows none of the runtimes, none is stopped for ten minutes, and then a few in a round', async () => {
  const ids = Array.from({ length: 8 }, (_, n) => `dep_of_another_database_${n}`);
  platform.running = new Set(ids);
  expect(await round(0)).toEqual([]);
  expect(await round(9.9 * MINUTE)).toEqual([]);
  expect(platform.running.size).toBe(8);
  expect(await round(10 * MINUTE)).toHaveLength(3);
  expect(await round(10.5 * MINUTE)).toHaveLength(3);
  expect(platform.running.size).toBe(2);
});

it('the grace time begins anew for a runtime that was gone in between', async () => {
  platform.running = new Set(['dep_unknown']);
  await round(0);
  platform.running = new Set();
  await round(5 * MINUTE);
  platform.running = new Set(['dep_unknown']);
  await round(9 * MINUTE);
  expect(await round(18 * MINUTE)).toEqual([]);
  expect(await round(19 * MINUTE)).toEqual(['dep_unknown']);
});

it('stops nothing when the list fails', async () => {
  platform.running = new Set(['dep_unknown']);
  await round(0);
  platform.says = { list: 'fault' };
  expect(await round(60 * MINUTE)).toEqual([]);
  expect(platform.running.size).toBe(1);
});
