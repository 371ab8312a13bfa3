// What a look at a platform may decide, and what it may not.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLog } from '@meeboter/chassis/log.ts';
import { claimDeployment } from '@meeboter/prisma/sql/claim-deployment.ts';
import { beginLaunches, markStarted } from '@meeboter/prisma/sql/launch.ts';
import { readPoolPlatforms } from '@meeboter/prisma/sql/pool-platforms.ts';
import { isRunByOtherHost } from '@meeboter/prisma/sql/run-by-other-host.ts';
import { beforeEach, describe, expect, it } from 'vitest';
import { emptyPool, giveSlots } from '../e2e/support/empty-pool.ts';
import { type HandQueue, handQueue } from '../e2e/support/hand-queue.ts';
import { type PlatformDouble, platformDouble } from '../e2e/support/platform-double.ts';
import { insertBot } from '../e2e/support/rows.ts';
import { testSettings } from '../e2e/support/test-settings.ts';
import { checkRuntime } from './check-runtime.ts';
import type { DeployerContext } from './context.ts';
import { hostId, whileHeld } from './platforms/local/host.ts';
import type { Platform } from './platforms/platform.ts';
import { stopRuntime } from './stop-runtime.ts';

const JOB = { tryNumber: 1, lastTry: false, signal: new AbortController().signal };
const pool = emptyPool();
let jobs: HandQueue;

beforeEach(async () => {
  jobs = handQueue();
});

function deployerWith(platform: Platform, host = 'here'): DeployerContext {
  const settings = testSettings({ DATABASE_URL: pool.database.url });
  return {
    settings,
    log: createLog({ level: 'silent' }),
    jobs,
    db: pool.db,
    hosts: { local: host },
    platformOf: () => platform,
  };
}

/** A deployment that a deployer on `host` has started, and whose runtime has claimed. */
async function claimed(platform: string, host = 'here'): Promise<string> {
  await insertBot(pool.database);
  const [pair] = await giveSlots(pool.db, { platform, count: 1 });
  const deploymentId = pair?.deploymentId ?? '';
  expect(
    await beginLaunches(pool.db, [deploymentId], {
      launchTimeoutsMs: { [platform]: 60_000 },
      hosts: { local: host },
    }),
  ).not.toBeNull();
  await markStarted(pool.db, { deploymentId, externalRef: 'ref' });
  await claimDeployment(pool.db, { deploymentId, runtimeId: 'run_one', leaseMs: 60_000 });
  return deploymentId;
}
const silentFor = (time: string) =>
  pool.database.query('UPDATE deployments SET last_report_at = now() - $1::interval', [time]);
const leaseOver = () =>
  pool.database.query(`UPDATE bot_pool_slots SET lease_expires_at = now() - interval '1 s'`);
async function stateOf(deploymentId: string) {
  const [row] = await pool.database.query<{ draining: boolean; state: string; reason: string | null }>(
    `SELECT s.draining_at IS NOT NULL AS draining, d.state, d.fail_sub_code AS reason
     FROM deployments d JOIN bot_pool_slots s ON s.id = d.slot_id WHERE d.id = $1`,
    [deploymentId],
  );
  return row;
}

describe('a runtime that the platform does not show', () => {
  let aws: PlatformDouble;
  beforeEach(() => {
    aws = platformDouble();
  });

  it('is not given up while it reports: what a service shows may lag behind', async () => {
    const id = await claimed('aws');
    await silentFor('6 s');
    await checkRuntime(deployerWith(aws), id, JOB.signal);
    expect(await stateOf(id)).toMatchObject({ draining: false, reason: null });
    await silentFor('11 s');
    await checkRuntime(deployerWith(aws), id, JOB.signal);
    expect(await stateOf(id)).toMatchObject({ draining: true, reason: 'runtime_lost' });
  });

  it('is given up at once where the platform sees its processes itself', async () => {
    const id = await claimed('aws');
    await checkRuntime(deployerWith({ ...aws, isFirstHand: true }), id, JOB.signal);
    expect(await stateOf(id)).toMatchObject({ draining: true, reason: 'runtime_lost' });
  });
});

describe('a start that was accepted and came to nothing', () => {
  it.each([
    ['no_room', 'platform_full', { is_full: true }],
    ['image_unavailable', 'launch_failed', { is_full: false }],
  ] as const)('%s: %s, and the platform hears of it', async (cause, reason, row) => {
    const aws = platformDouble();
    await insertBot(pool.database);
    const [pair] = await giveSlots(pool.db, { platform: 'aws', count: 1 });
    const id = pair?.deploymentId ?? '';
    await markStarted(pool.db, { deploymentId: id, externalRef: 'ref' });
    const platform: Platform = {
      ...aws,
      observe: async () => ({ state: 'ended', cause, detail: 'its own words' }),
    };
    await checkRuntime(deployerWith(platform), id, JOB.signal);
    expect(await stateOf(id)).toMatchObject({ draining: true, reason });
    const [aws1] = await readPoolPlatforms(pool.db);
    expect(aws1).toMatchObject({ ...row, last_fault: expect.stringContaining('its own words') });
  });
});

describe('a platform that does not answer', () => {
  it('keeps an attempt alive only until its lease has expired long ago', async () => {
    const aws = platformDouble();
    aws.says.observe = 'unknown';
    const id = await claimed('aws');
    await silentFor('5 min');
    await leaseOver();
    await checkRuntime(deployerWith(aws), id, JOB.signal);
    expect(await stateOf(id)).toMatchObject({ draining: false });
    await pool.database.query(`UPDATE bot_pool_slots SET lease_expires_at = now() - interval '61 s'`);
    await checkRuntime(deployerWith(aws), id, JOB.signal);
    expect(await stateOf(id)).toMatchObject({ draining: true, reason: 'runtime_lost' });
  });
});

describe('a local runtime of another machine', () => {
  const there = 'the machine that went silent';
  const local = () => {
    const seesNothing: Platform = { ...platformDouble(), isFirstHand: true };
    return whileHeld(
      seesNothing,
      async () => true,
      (id) => isRunByOtherHost(pool.db, id, 'here'),
    );
  };

  it('is neither given up nor taken for stopped before its lease is over', async () => {
    const id = await claimed('local', there);
    const deployer = deployerWith(local());
    await silentFor('50 s');
    await checkRuntime(deployer, id, JOB.signal);
    expect(await stateOf(id)).toMatchObject({ draining: false });

    await pool.database.query(`UPDATE bot_pool_slots SET draining_at = now()`);
    await expect(stopRuntime(deployer, id, JOB)).rejects.toThrow(/held by another machine/);
    expect(await stateOf(id)).toMatchObject({ state: 'claimed' });

    // Not even by way of a slot that was taken out of use.
    await pool.database.query(`UPDATE bot_pool_slots SET draining_at = now() - interval '5 min'`);
    await stopRuntime(deployer, id, JOB);
    await pool.database.query(`UPDATE bot_pool_slots SET recover_at = now() - interval '1 s'`);
    await stopRuntime(deployer, id, JOB);
    expect(await stateOf(id)).toMatchObject({ state: 'claimed' });

    await leaseOver();
    await pool.database.query(`UPDATE bot_pool_slots SET recover_at = now() - interval '1 s'`);
    await stopRuntime(deployer, id, JOB);
    expect(await stateOf(id)).toMatchObject({ state: 'ended' });
  });

  it('is given up when its lease is over: it has left by its own clock', async () => {
    const id = await claimed('local', there);
    await leaseOver();
    await checkRuntime(deployerWith(local()), id, JOB.signal);
    expect(await stateOf(id)).toMatchObject({ draining: true, reason: 'runtime_lost' });
  });

  it('is not started a second time', async () => {
    const id = await claimed('local', there);
    await pool.database.query(
      `UPDATE deployments SET state = 'intent', runtime_id = NULL, claimed_at = NULL`,
    );
    await pool.database.query(`UPDATE bot_pool_slots SET state = 'deploying'`);
    const here = { launchTimeoutsMs: { local: 60_000 }, hosts: { local: 'here' } };
    expect(await beginLaunches(pool.db, [id], here)).toEqual([]);
    expect(await beginLaunches(pool.db, [id], { ...here, hosts: { local: there } })).toMatchObject([{ id }]);
  });

  it('is another one for each folder, and the same after a restart', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'meeboter-host-'));
    const first = await hostId(join(dir, 'a'));
    expect(await hostId(join(dir, 'a'))).toBe(first);
    expect(await hostId(join(dir, 'b'))).not.toBe(first);
    await rm(dir, { recursive: true });
  });
});
