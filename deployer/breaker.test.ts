// A platform that fails is taken out for a while, and tried again; its bots go elsewhere.
import { createLog } from '@meeboter/chassis/log.ts';
import { claimDeployment } from '@meeboter/prisma/sql/claim-deployment.ts';
import { drainPlatform, notePlatformFault } from '@meeboter/prisma/sql/platform-faults.ts';
import { readPoolPlatforms } from '@meeboter/prisma/sql/pool-platforms.ts';
import { dispatch } from '@meeboter/scheduler/dispatch.ts';
import { queueDueBots } from '@meeboter/scheduler/queue-due-bots.ts';
import { beforeEach, expect, it } from 'vitest';
import { emptyPool } from '../e2e/support/empty-pool.ts';
import { type HandQueue, handQueue } from '../e2e/support/hand-queue.ts';
import { type PlatformDouble, platformDouble } from '../e2e/support/platform-double.ts';
import { insertBot } from '../e2e/support/rows.ts';
import { testSettings } from '../e2e/support/test-settings.ts';
import { launcher } from './deploy.ts';
import { PlatformFault } from './platforms/platform.ts';
import { stopRuntime } from './stop-runtime.ts';

const FIRST_TRY = { tryNumber: 1, lastTry: false, signal: new AbortController().signal };
const pool = emptyPool();
const log = createLog({ level: 'silent' });
let jobs: HandQueue;
let platforms: { aws: PlatformDouble; k8s: PlatformDouble };

beforeEach(() => {
  jobs = handQueue();
  platforms = { aws: platformDouble(), k8s: platformDouble() };
});

const settings = (priority = 'aws,k8s') =>
  testSettings({
    DATABASE_URL: pool.database.url,
    PLATFORM_PRIORITY: priority,
    LAUNCH_RATES: 'aws=1000/1000,k8s=1000/1000',
  });
const context = (priority?: string) => ({ settings: settings(priority), log, jobs, db: pool.db });
const deployer = (priority?: string) => ({
  ...context(priority),
  hosts: {},
  platformOf: (name: string) => platforms[name as 'aws' | 'k8s'],
});
const scheduler = () => ({ ...context(), storage: undefined as never });

/** Queues `count` new bots, and gives them slots. Returns how many each platform got. */
async function place(count: number): Promise<Record<string, number>> {
  for (let n = 0; n < count; n += 1) await insertBot(pool.database);
  await queueDueBots(scheduler());
  const before = await pool.db.deployment.count();
  await dispatch(scheduler());
  const given = await pool.db.deployment.findMany({ orderBy: { createdAt: 'asc' }, skip: before });
  return Object.fromEntries(
    [...Map.groupBy(given, (it) => it.deploymentPlatform)].map(([name, its]) => [name, its.length]),
  );
}
const idsOf = async (platform: string) =>
  (await pool.db.deployment.findMany({ where: { deploymentPlatform: platform, state: 'intent' } })).map(
    ({ id }) => id,
  );
const row = async () =>
  (await readPoolPlatforms(pool.db)).find(({ deployment_platform }) => deployment_platform === 'aws');
const breakerDue = () =>
  pool.database.query(
    `UPDATE bot_pool_platforms SET out_until = now() - interval '1 s' WHERE out_until IS NOT NULL`,
  );

it('transient faults in a row open it, and a success closes it', async () => {
  const fail = () => notePlatformFault(pool.db, 'aws', { kind: 'transient', message: 'no answer' });
  for (let n = 1; n < 5; n += 1) expect(await fail()).toBe(false);
  expect(await fail()).toBe(true);
  expect(await row()).toMatchObject({ is_out: true, last_fault: 'no answer' });
  const outMs = async () => {
    const [it] = await pool.database.query<{ ms: number }>(
      'SELECT (extract(epoch FROM out_until - now()) * 1000)::float8 AS ms FROM bot_pool_platforms',
    );
    return it?.ms ?? 0;
  };
  // While it is open, further faults change nothing; the next one after that keeps it open for longer.
  const first = await outMs();
  expect(await fail()).toBe(true);
  expect(await outMs()).toBeLessThanOrEqual(first);
  await breakerDue();
  expect(await row()).toMatchObject({ is_out: false, is_on_probation: true });
  expect(await fail()).toBe(true);
  expect(await outMs()).toBeGreaterThan(1.5 * first);

  await breakerDue();
  expect(await place(3)).toEqual({ aws: 1, k8s: 2 });
  // One bot at a time: as long as it is not known how that one fares, no other is sent there.
  expect(await place(1)).toEqual({ k8s: 1 });
  const [probe = ''] = await idsOf('aws');
  await launcher(deployer())([probe], FIRST_TRY);
  // An accepted start proves nothing yet.
  expect(await row()).toMatchObject({ is_on_probation: true });
  expect(await place(1)).toEqual({ k8s: 1 });
  await claimDeployment(pool.db, { deploymentId: probe, runtimeId: 'run_one', leaseMs: 60_000 });
  expect(await row()).toMatchObject({ is_out: false, is_on_probation: false });
  expect(await place(3)).toEqual({ aws: 3 });
});

it.each([
  ['aws', 'launch_misconfigured', 'ends the bot where there is no other platform'],
  ['aws,k8s', 'platform_out', 'hands the bot on where there is one'],
])('a fault of the configuration with %s opens it at once, and %3$s', async (priority, reason) => {
  platforms.aws.start = async () => {
    throw new PlatformFault('config', 'ClusterNotFoundException: Cluster not found.');
  };
  await place(1);
  await launcher(deployer(priority))(await idsOf('aws'), FIRST_TRY);
  expect(await row()).toMatchObject({ is_out: true });
  expect(await pool.db.deployment.findFirst()).toMatchObject({
    failSubCode: reason,
    failDetail: 'ClusterNotFoundException: Cluster not found.',
  });
  expect(await place(2)).toEqual({ k8s: 2 });
});

it('an outage of the only platform costs a bot neither tries nor its place, however often it is tried', async () => {
  platforms.aws.start = () => Promise.reject(new PlatformFault('transient', 'no answer'));
  for (let n = 0; n < 5; n += 1)
    await notePlatformFault(pool.db, 'aws', { kind: 'transient', message: 'no answer' });
  await insertBot(pool.database);
  await queueDueBots(scheduler());
  const before = await pool.db.botPoolQueue.findFirstOrThrow();
  const only = { ...scheduler(), settings: settings('aws') };
  for (let probe = 1; probe <= 4; probe += 1) {
    await breakerDue();
    await dispatch(only);
    const [id = ''] = await idsOf('aws');
    await launcher(deployer('aws'))([id], FIRST_TRY);
    await stopRuntime(deployer('aws'), id, FIRST_TRY);
  }
  expect(await pool.db.deployment.count()).toBe(4);
  const { orderKey, deadlineAt } = await pool.db.botPoolQueue.findFirstOrThrow();
  expect({ orderKey, deadlineAt }).toEqual({ orderKey: before.orderKey, deadlineAt: before.deadlineAt });
});

it('a stop that is confirmed after its bot has gone on leaves the bot alone', async () => {
  await place(1);
  const [id = ''] = await idsOf('aws');
  await launcher(deployer())([id], FIRST_TRY);
  await pool.database.query(
    `UPDATE bot_pool_slots SET state = 'busy', draining_at = now() - interval '10 s'`,
  );
  let confirm: () => void = () => undefined;
  const confirmed = new Promise<void>((done) => {
    confirm = done;
  });
  const slow = { ...platforms.aws, requestStop: () => confirmed };
  const first = stopRuntime({ ...deployer(), platformOf: () => slow }, id, FIRST_TRY);
  const mute = { ...platforms.aws, observe: async () => ({ state: 'unknown' as const }) };
  await stopRuntime({ ...deployer(), platformOf: () => mute }, id, FIRST_TRY);
  expect(await pool.db.bot.findFirst()).toMatchObject({ status: 'QUEUED' });
  confirm();
  await first;
  expect(await pool.db.bot.findFirst()).toMatchObject({ status: 'QUEUED' });
  expect(await pool.db.botPoolSlot.findFirst()).toMatchObject({ state: 'idle' });
});

it('bots of a platform that is away go to the next one, without waiting for it', async () => {
  const away = () => Promise.reject(new PlatformFault('transient', 'no answer'));
  platforms.aws = {
    ...platforms.aws,
    start: away,
    requestStop: away,
    observe: async () => ({ state: 'unknown' }),
  };
  expect(await place(5)).toEqual({ aws: 5 });
  const ids = await idsOf('aws');
  // The fifth fault opens the breaker. Its bot is given up at once, the others at their next try.
  await expect(launcher(deployer())(ids, FIRST_TRY)).rejects.toThrow('4 launches failed');
  await launcher(deployer())(ids, { ...FIRST_TRY, tryNumber: 2 });
  const stopAll = () => Promise.allSettled(ids.map((id) => stopRuntime(deployer(), id, FIRST_TRY)));
  await stopAll();
  expect(await pool.db.bot.count({ where: { status: 'DEPLOYING' } })).toBe(5);
  // No runtime can claim any more, so after a while the bots go on without a confirmed stop.
  await pool.database.query(`UPDATE bot_pool_slots SET draining_at = now() - interval '4 s'`);
  await stopAll();
  expect(await pool.db.bot.count({ where: { status: 'QUEUED' } })).toBe(5);
  expect(await pool.db.botPoolSlot.count({ where: { state: 'error', botId: null } })).toBe(5);
  expect(await place(0)).toEqual({ k8s: 5 });
  const facts = await pool.db.event.findFirst({
    where: { subCode: 'slot_acquired', attempt: 2 },
    select: { payload: true },
  });
  expect(facts?.payload).toMatchObject({ facts: { deployment_platform: 'k8s', passed_over: 'aws: out' } });
  await launcher(deployer())(await idsOf('k8s'), FIRST_TRY);
  expect(platforms.k8s.running.size).toBe(5);

  // The platform comes back: the old stops are confirmed, and change nothing of the bots that run elsewhere.
  platforms.aws = platformDouble();
  await pool.database.query(
    `UPDATE bot_pool_slots SET recover_at = now() - interval '1 s' WHERE state = 'error'`,
  );
  await stopAll();
  expect(await pool.db.botPoolSlot.count({ where: { deploymentPlatform: 'aws', state: 'idle' } })).toBe(5);
  expect(await pool.db.deployment.count({ where: { deploymentPlatform: 'aws', state: 'ended' } })).toBe(5);
  expect(await pool.db.bot.count({ where: { status: 'DEPLOYING', attempt: 2 } })).toBe(5);
});

it('a drained platform gets no bots until it is taken back into use', async () => {
  await drainPlatform(pool.db, 'aws', true);
  expect(await place(2)).toEqual({ k8s: 2 });
  await drainPlatform(pool.db, 'aws', false);
  expect(await place(2)).toEqual({ aws: 2 });
});
