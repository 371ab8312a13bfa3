// The statements of the pool one by one, in edge cases that a whole run seldom reaches.
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type TestDatabase, testDatabase } from '../e2e/support/database.ts';
import { insertBot, insertUser } from '../e2e/support/rows.ts';
import { type Database, openDatabase } from './client.ts';
import { dispatchBots } from './sql/dispatch-bots.ts';
import { ensureSlots } from './sql/ensure-slots.ts';
import { holdPlatform } from './sql/hold-platform.ts';
import { markStarted } from './sql/launch.ts';
import { botsPastQueueDeadline, deploymentsOverstaying } from './sql/overdue.ts';
import { notePlatformFault } from './sql/platform-faults.ts';
import { applyLead, measureLeads, readPoolPlatforms } from './sql/pool-platforms.ts';
import { queueBot } from './sql/queue-bot.ts';
import { postponeRecovery, setSlotInError } from './sql/slot-error.ts';
import { startDueBots } from './sql/start-due-bots.ts';
import { withSweepLock } from './sql/sweep-lock.ts';

let database: TestDatabase;
let db: Database;

beforeEach(async () => {
  database = await testDatabase();
  db = openDatabase({ url: database.url });
  await insertUser(database);
});
afterEach(async () => {
  await db.$disconnect();
  await database.drop();
});

const dispatch = (limit: number, batch = 10) =>
  dispatchBots(db, {
    platform: 'aws',
    limit,
    batch,
    launchTimeoutMs: 60_000,
    launches: { burst: 10_000, perSecond: 10_000 },
  });

it('with a lowered limit, running bots stay and no slot is given out until fewer are in use', async () => {
  for (let n = 0; n < 8; n += 1) await insertBot(database);
  await startDueBots(db, { batch: 10 });
  await ensureSlots(db, { platform: 'aws', limit: 4, wanted: 4 });
  expect(await dispatch(4)).toHaveLength(4);
  const release = (number: number) =>
    database.query(
      `UPDATE bot_pool_slots SET state = 'idle', bot_id = NULL, last_used_at = now() WHERE number = $1`,
      [number],
    );
  // 2 and 3 stay in use; 3 is above the new limit.
  await release(1);
  await release(4);
  expect(await dispatch(2)).toHaveLength(0);
  await release(3);
  expect(await dispatch(2)).toHaveLength(1);
  expect(await dispatch(2)).toHaveLength(0);
  const used = await database.query<{ number: number }>(
    `SELECT number FROM bot_pool_slots WHERE state = 'deploying' ORDER BY number`,
  );
  expect(used.map((slot) => slot.number)).toEqual([1, 2]);
});

it('the queue timeout counts from the join time or booking, and from now after a lost attempt', async () => {
  const early = await insertBot(database, { joinInMs: 90_000, startInMs: 0, queueTimeoutMs: 60_000 });
  const bookedForThePast = await insertBot(database, { joinInMs: -20_000, queueTimeoutMs: 60_000 });
  await startDueBots(db, { batch: 10 });
  const waitMs = async (botId: string) => {
    const [row] = await database.query<{ ms: number }>(
      `SELECT (extract(epoch FROM q.deadline_at - greatest(b.join_at, b.created_at)) * 1000)::int AS ms
       FROM bot_pool_queue q JOIN bots b ON b.id = q.bot_id WHERE b.id = $1`,
      [botId],
    );
    return row?.ms;
  };
  expect([await waitMs(early), await waitMs(bookedForThePast)]).toEqual([60_000, 60_000]);

  await ensureSlots(db, { platform: 'aws', limit: 1, wanted: 1 });
  const [pair] = await dispatch(1);
  expect(pair?.botId).toBe(bookedForThePast);
  const requeue = (botId: string, afresh: boolean) =>
    db.$transaction((tx) =>
      queueBot(tx, botId, { from: ['DEPLOYING'], subCode: 'test', actor: 'deployer', afresh }),
    );
  await requeue(bookedForThePast, false);
  expect(await waitMs(bookedForThePast)).toBe(60_000);
  await database.query(
    `UPDATE bots SET join_at = join_at - interval '30 s', created_at = now() - interval '1 h'`,
  );
  const again = async (botId: string) => {
    await database.query(`UPDATE bots SET status = 'DEPLOYING' WHERE id = $1`, [botId]);
    await database.query('DELETE FROM bot_pool_queue WHERE bot_id = $1', [botId]);
    await requeue(botId, true);
    return waitMs(botId);
  };
  expect(await again(bookedForThePast)).toBeGreaterThanOrEqual(110_000);
  expect(await again(early)).toBe(60_000);
});

it('the recovery of a slot in error is due after its backoff, or when the lease expires if that is sooner', async () => {
  await insertBot(database);
  await startDueBots(db, { batch: 1 });
  await ensureSlots(db, { platform: 'aws', limit: 1, wanted: 1 });
  const [pair] = await dispatch(1);
  const deployment = { id: pair?.deploymentId ?? '', ...(await slot()) };
  await database.query(`UPDATE bot_pool_slots SET state = 'busy', draining_at = now() - interval '5 min',
    lease_expires_at = now() + interval '15 s'`);
  await db.$transaction((tx) => setSlotInError(tx, deployment, { error: 'silence', drainingForMs: 240_000 }));
  expect(Math.round((await slot()).waitS)).toBe(10);
  await db.$transaction((tx) => postponeRecovery(tx, deployment, 'silence'));
  expect(Math.round((await slot()).waitS)).toBe(15);
  await database.query(`UPDATE bot_pool_slots SET lease_expires_at = now() - interval '1 s'`);
  await db.$transaction((tx) => postponeRecovery(tx, deployment, 'silence'));
  expect(Math.round((await slot()).waitS)).toBe(40);

  async function slot() {
    const [row] = await database.query<{ slot_id: string; epoch: string; wait_s: number }>(
      `SELECT id AS slot_id, lease_epoch AS epoch, extract(epoch FROM recover_at - now())::float8 AS wait_s
       FROM bot_pool_slots`,
    );
    return { slot_id: row?.slot_id ?? '', epoch: BigInt(row?.epoch ?? 0), waitS: row?.wait_s ?? 0 };
  }
});

it('a bot whose queue deadline has passed is not dispatched', async () => {
  const late = await insertBot(database, { joinInMs: -3600_000, createdAgoMs: 7200_000 });
  const onTime = await insertBot(database, { joinInMs: 5_000, startInMs: 0 });
  expect(await startDueBots(db, { batch: 10 })).toHaveLength(2);
  expect(await botsPastQueueDeadline(db)).toEqual([late]);
  await ensureSlots(db, { platform: 'aws', limit: 4, wanted: 4 });
  expect((await dispatch(4)).map((pair) => pair.botId)).toEqual([onTime]);
});

it('the lead is the p95 of launches, once there are enough of them', async () => {
  for (let n = 0; n < 25; n += 1) await insertBot(database);
  await startDueBots(db, { batch: 100 });
  await ensureSlots(db, { platform: 'aws', limit: 25, wanted: 25 });
  await dispatch(25, 25);
  const lead = async () =>
    (await readPoolPlatforms(db)).find((it) => it.deployment_platform === 'aws')?.lead_ms ?? null;
  const claim = (most: number) =>
    database.query(
      `UPDATE deployments SET state = 'claimed', claimed_at = created_at + interval '20 s'
       WHERE id IN (SELECT id FROM deployments ORDER BY id LIMIT $1)`,
      [most],
    );
  await claim(10);
  await measureLeads(db, ['aws', 'k8s']);
  expect(await lead()).toBeNull();
  await claim(25);
  await measureLeads(db, ['aws', 'k8s']);
  expect(await lead()).toBe(20_000);

  const soon = await insertBot(database, { joinInMs: 120_000, startInMs: 30_000 });
  await insertBot(database, { joinInMs: 7200_000, startInMs: 7190_000 });
  expect(
    await applyLead(db, {
      leadMs: 20_000,
      withinMs: 600_000,
      launches: { burst: 10_000, perSecond: 10_000 },
    }),
  ).toBe(1);
  const [row] = await database.query<{ lead: number }>(
    `SELECT extract(epoch FROM join_at - start_at)::int AS lead FROM bots WHERE id = $1`,
    [soon],
  );
  expect(row?.lead).toBe(20);
});

it('a full platform is paused with backoff, until a launch succeeds', async () => {
  const pauseMs = async () => {
    const [row] = await database.query<{ ms: number }>(
      `SELECT extract(epoch FROM full_until - now()) * 1000 AS ms FROM bot_pool_platforms`,
    );
    return Number(row?.ms);
  };
  const endPause = () => database.query(`UPDATE bot_pool_platforms SET full_until = now() - interval '1 s'`);
  await notePlatformFault(db, 'aws', { kind: 'capacity', message: 'full' });
  const first = await pauseMs();
  await notePlatformFault(db, 'aws', { kind: 'capacity', message: 'full' });
  expect(await pauseMs()).toBeLessThanOrEqual(first);
  await endPause();
  await notePlatformFault(db, 'aws', { kind: 'capacity', message: 'full' });
  expect(await pauseMs()).toBeGreaterThan(first);
  await insertBot(database);
  await startDueBots(db, { batch: 1 });
  await ensureSlots(db, { platform: 'aws', limit: 1, wanted: 1 });
  const [launched] = await dispatch(1);
  const started = { deploymentId: launched?.deploymentId ?? '', externalRef: 'ref' };
  expect(await markStarted(db, started)).toBe(true);
  expect(await markStarted(db, started)).toBe(false);
  expect(await readPoolPlatforms(db)).toMatchObject([{ is_full: false, refusals: 0 }]);
});

it('one machine runs the local platform; another takes over when its heartbeat is missing', async () => {
  expect(await holdPlatform(db, 'local', 'one')).toBe(true);
  expect(await holdPlatform(db, 'local', 'one')).toBe(true);
  expect(await holdPlatform(db, 'local', 'two')).toBe(false);
  await database.query(`UPDATE bot_pool_platforms SET host_seen_at = now() - interval '30 s'`);
  expect(await holdPlatform(db, 'local', 'two')).toBe(true);
  expect(await holdPlatform(db, 'local', 'one')).toBe(false);
  await insertBot(database);
  await startDueBots(db, { batch: 1 });
  await ensureSlots(db, { platform: 'local', limit: 1, wanted: 1 });
  await dispatchBots(db, {
    platform: 'local',
    limit: 1,
    batch: 1,
    launchTimeoutMs: 60_000,
    launches: { burst: 10_000, perSecond: 10_000 },
  });
  await database.query(`UPDATE bot_pool_platforms SET host_seen_at = now() - interval '30 s'`);
  expect(await holdPlatform(db, 'local', 'one')).toBe(false);
  await database.query(`UPDATE bot_pool_platforms SET host_seen_at = now() - interval '90 s'`);
  expect(await holdPlatform(db, 'local', 'one')).toBe(true);
});

it('one sweep runs at a time', async () => {
  const options = { timeoutMs: 10_000 };
  const started = Promise.withResolvers<void>();
  const finish = Promise.withResolvers<void>();
  const first = withSweepLock(
    db,
    async () => {
      started.resolve();
      await finish.promise;
    },
    options,
  );
  await started.promise;
  let second = 0;
  const count = async () => {
    second += 1;
  };
  expect(await withSweepLock(db, count, options)).toBe(false);
  finish.resolve();
  expect(await first).toBe(true);
  expect(await withSweepLock(db, count, options)).toBe(true);
  expect(second).toBe(1);
});

it('deploymentsOverstaying finds a runtime that still reports but should have left', async () => {
  const stay = await insertBot(database);
  await startDueBots(db, { batch: 1 });
  await ensureSlots(db, { platform: 'aws', limit: 1, wanted: 1 });
  const [pair] = await dispatch(1);
  await database.query(
    `UPDATE deployments SET state = 'claimed', claimed_at = now(), last_report_at = now()`,
  );
  for (const status of ['JOINING_CALL', 'IN_CALL']) {
    await database.query('UPDATE bots SET status = $1::bot_status WHERE id = $2', [status, stay]);
  }
  // The runtime's clock is slow: it reports that it was admitted long ago. That must not count.
  await database.query(`UPDATE bots SET admitted_at = now() - interval '5 h'`);
  const admitted = (ago: string) =>
    database.query(`UPDATE bots SET claimed_at = now() - $1::interval, in_call_at = now() - $1::interval`, [
      ago,
    ]);
  const found = async () => (await deploymentsOverstaying(db, 900_000)).map((row) => row.id);
  await admitted('70 min');
  expect(await found()).toEqual([]);
  await admitted('76 min');
  expect(await found()).toEqual([pair?.deploymentId]);
  await admitted('10 min');
  await database.query(`UPDATE bots SET leave_requested_at = now() - interval '16 min'`);
  expect(await found()).toEqual([pair?.deploymentId]);
});
