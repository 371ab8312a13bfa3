// The statements for launch, claim and report, alone and concurrently.
import { STATUS_CHANGED } from '@meeboter/domain/events.ts';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type TestDatabase, testDatabase } from '../e2e/support/database.ts';
import { giveSlots } from '../e2e/support/empty-pool.ts';
import { numberEvents } from '../e2e/support/number-events.ts';
import { insertBot, insertUser } from '../e2e/support/rows.ts';
import { type Database, openDatabase } from './client.ts';
import { appendEvent } from './sql/append-events.ts';
import { claimDeployment, claimDeployments } from './sql/claim-deployment.ts';
import { failDeployment, readOpenDeployment } from './sql/deployment-steps.ts';
import { findViolations } from './sql/find-violations.ts';
import { type ArrivalReport, hearArrivals } from './sql/hear-arrivals.ts';
import { beginLaunches, markAllStarted, markStarted } from './sql/launch.ts';
import { lockBotOfDeployment } from './sql/lock-bot.ts';
import { hearReport } from './sql/report.ts';
import { stampPhases } from './sql/stamp-phases.ts';
import { transitionBot } from './sql/transition-bot.ts';

const LEASES = { leaseBeforeAdmissionMs: 60_000, leaseInCallMs: 900_000 };
const LAUNCH = { launchTimeoutsMs: { local: 60_000 }, hosts: { local: 'here' } };
let database: TestDatabase;
let db: Database;

beforeAll(async () => {
  database = await testDatabase();
  db = openDatabase({ url: database.url, poolSize: 12 });
  for (const user of ['u', 'v', 'w']) await insertUser(database, user);
});
beforeEach(() => database.query('TRUNCATE bots, events, event_counters, bot_pool_slots CASCADE'));
afterAll(async () => {
  await db.$disconnect();
  await database.drop();
});

/** Bots of three accounts that were just dispatched. */
async function deployed(count: number) {
  for (let n = 0; n < count; n += 1) {
    const id = await insertBot(database);
    await database.query('UPDATE bots SET user_id = $2 WHERE id = $1', [id, ['u', 'v', 'w'][n % 3]]);
    const payload = { actor: 'user', from: null, to: 'SCHEDULED' } as const;
    await db.$transaction((tx) => appendEvent(tx, id, { type: STATUS_CHANGED, subCode: 'booked', payload }));
  }
  return giveSlots(db, { count });
}

type Pair = Awaited<ReturnType<typeof deployed>>[number];
const claimOf = ({ deploymentId }: Pair, runtimeId = 'run_one') => ({
  deploymentId,
  runtimeId,
  leaseMs: 60_000,
});
const reportOf = ({ deploymentId }: Pair, more = {}) => ({
  ...{
    deploymentId,
    runtimeId: 'run_one',
    epoch: 1n,
    attempt: 1,
    seq: 1,
    entryCount: 0,
    entryLimit: null,
    turns: [],
    parts: [],
    ...more,
  },
});
/** Runs `work` while another transaction locks the bot's row. */
async function whileHeld<T>(botId: string, work: () => Promise<T>): Promise<T> {
  return db.$transaction(async (tx) => {
    await tx.$queryRaw`SELECT id FROM bots WHERE id = ${botId} FOR UPDATE`;
    return work();
  });
}

const claimAll = (pairs: readonly Pair[], runtimeId?: string) =>
  Promise.all(pairs.map((pair) => claimDeployment(db, claimOf(pair, runtimeId))));

describe('claims', () => {
  it('of two runtimes one wins, and may claim again', async () => {
    const [pair] = (await deployed(1)) as [Pair];
    const runtimes = ['run_one', 'run_two'];
    const claimed = await Promise.all(runtimes.map((runtime) => claimDeployment(db, claimOf(pair, runtime))));
    expect(claimed.filter((one) => one?.fresh)).toHaveLength(1);
    const winner = runtimes[claimed.findIndex((one) => one !== null)] ?? '';
    const loser = runtimes.find((runtime) => runtime !== winner) ?? '';
    expect(await claimDeployment(db, claimOf(pair, loser))).toBeNull();
    expect(await claimDeployment(db, claimOf(pair, winner))).toMatchObject({ fresh: false });
    expect(await findViolations(db)).toEqual([]);
  });

  it('of cancelled, lost or unknown deployments are refused', async () => {
    const [good, cancelled, lost] = (await deployed(3)) as [Pair, Pair, Pair];
    await db.$transaction((tx) =>
      transitionBot(tx, cancelled.botId, 'CANCELLED', { subCode: 'x', actor: 'user' }),
    );
    const open = await readOpenDeployment(db, lost.deploymentId);
    if (open) await db.$transaction((tx) => failDeployment(tx, open, { subCode: 'runtime_lost' }));
    const unknown = { deploymentId: 'dep_unknown', botId: '' };
    const claimed = await claimAll([cancelled, unknown, good, lost]);
    expect(claimed.map((one) => one?.bot_id)).toEqual([undefined, undefined, good.botId, undefined]);
    expect(await findViolations(db)).toEqual([]);
  });
});

const AT = '2026-11-26T12:00:00.000Z';
const ARRIVALS = {
  knock: {
    phases: { knocked: new Date() },
    status: { to: 'IN_WAITING_ROOM', subCode: 'knocked', reportedAt: AT },
  },
  admission: {
    phases: { admitted: new Date() },
    status: { to: 'IN_CALL', subCode: 'admitted', facts: { how: 'by the host' }, reportedAt: AT },
  },
  ready: { phases: { browser_ready: new Date() } },
} satisfies Record<string, Pick<ArrivalReport, 'phases' | 'status'>>;
const arrivalOf = (pair: Pair, what: Pick<ArrivalReport, 'phases' | 'status'>, seq = 1): ArrivalReport => {
  const { deploymentId, runtimeId, epoch, attempt } = reportOf(pair);
  return { deploymentId, runtimeId, epoch, attempt, seq, entryCount: 1, ...what };
};

describe('arrivals', () => {
  it('of several bots are accepted together, each with its phases, status, event and lease', async () => {
    const pairs = await deployed(3);
    await claimAll(pairs);
    const [ready, knocked, admitted] = pairs as [Pair, Pair, Pair];
    const heard = await hearArrivals(
      db,
      [
        arrivalOf(ready, ARRIVALS.ready),
        arrivalOf(knocked, ARRIVALS.knock),
        arrivalOf(admitted, ARRIVALS.admission),
      ],
      LEASES,
    );
    expect(heard).toMatchObject([
      { bot_id: ready.botId, status: 'JOINING_CALL', knock_late_ms: null, leave_requested: false },
      { bot_id: knocked.botId, status: 'IN_WAITING_ROOM', knock_late_ms: expect.any(Number) },
      { bot_id: admitted.botId, status: 'IN_CALL', knock_late_ms: null },
    ]);
    const rows = await database.query<{ id: string; lease_s: number; seq: number; stamps: string }>(
      `SELECT b.id, round(extract(epoch FROM s.lease_expires_at - now()) / 60)::int * 60 AS lease_s,
         d.last_report_seq AS seq, concat_ws(' ', CASE WHEN b.browser_ready_at IS NOT NULL THEN 'ready' END,
           CASE WHEN b.knocked_at IS NOT NULL THEN 'knocked' END,
           CASE WHEN b.admitted_at IS NOT NULL AND b.in_call_at IS NOT NULL THEN 'admitted' END) AS stamps
       FROM bots b JOIN bot_pool_slots s ON s.bot_id = b.id
       JOIN deployments d ON d.slot_id = s.id AND d.epoch = s.lease_epoch`,
    );
    for (const [pair, expected] of [
      [ready, { lease_s: 60, seq: 1, stamps: 'ready' }],
      [knocked, { lease_s: 60, seq: 1, stamps: 'knocked' }],
      [admitted, { lease_s: 900, seq: 1, stamps: 'admitted' }],
    ] as const) {
      expect(rows.find(({ id }) => id === pair.botId)).toMatchObject(expected);
    }
    const events = await db.event.findMany({ where: { botId: admitted.botId }, orderBy: { botSeq: 'desc' } });
    expect(events[0]).toMatchObject({
      ...{ type: 'bot.status_changed', subCode: 'admitted' },
      payload: {
        ...{ from: 'JOINING_CALL', to: 'IN_CALL', actor: 'runtime', reported_at: AT },
        facts: { how: 'by the host' },
      },
    });
    await numberEvents(database.url);
    expect(await findViolations(db)).toEqual([]);
  });

  it('that are repeated, illegal, fenced off or locked are left to others, and change nothing', async () => {
    const pairs = await deployed(6);
    await claimAll(pairs);
    const [repeated, illegal, fenced, draining, locked, good] = pairs as [Pair, Pair, Pair, Pair, Pair, Pair];
    await hearArrivals(db, [arrivalOf(repeated, ARRIVALS.knock)], LEASES);
    await db.$transaction((tx) =>
      transitionBot(tx, illegal.botId, 'LEAVING', { subCode: 'everyone_left', actor: 'runtime' }),
    );
    const open = await readOpenDeployment(db, draining.deploymentId);
    if (open) await db.$transaction((tx) => failDeployment(tx, open, { subCode: 'runtime_lost' }));
    const before = await db.bot.findMany({ orderBy: { id: 'asc' } });
    const heard = await whileHeld(locked.botId, () =>
      hearArrivals(
        db,
        [
          ...[repeated, illegal, draining, locked].map((pair) => arrivalOf(pair, ARRIVALS.knock)),
          { ...arrivalOf(fenced, ARRIVALS.knock), runtimeId: 'run_two' },
          arrivalOf(good, ARRIVALS.knock),
          // The same bot twice in one statement: one of the two is accepted.
          arrivalOf(good, ARRIVALS.admission, 2),
        ],
        LEASES,
      ),
    );
    expect(heard.slice(0, 5)).toEqual(Array.from({ length: 5 }));
    expect(heard.slice(5).filter((one) => one !== undefined)).toHaveLength(1);
    const after = await db.bot.findMany({ orderBy: { id: 'asc' } });
    expect(after.filter(({ id }) => id !== good.botId)).toEqual(before.filter(({ id }) => id !== good.botId));
  });
});

describe('reports', () => {
  it('renew the lease by the bot’s status, and are refused when fenced off', async () => {
    const pairs = await deployed(3);
    await claimAll(pairs);
    const [inCall, waiting, fenced] = pairs as [Pair, Pair, Pair];
    await db.$transaction((tx) =>
      transitionBot(tx, inCall.botId, 'IN_CALL', { subCode: 'admitted', actor: 'runtime' }),
    );
    expect(await hearReport(db, reportOf(inCall), LEASES)).toMatchObject({ bot_id: inCall.botId });
    // A heartbeat does not wait for the lock on the bot's row.
    expect(await whileHeld(waiting.botId, () => hearReport(db, reportOf(waiting), LEASES))).toMatchObject({
      is_repeated: false,
    });
    for (const wrong of [{ epoch: 7n }, { attempt: 2 }, { runtimeId: 'run_two' }]) {
      expect(await hearReport(db, reportOf(fenced, wrong), LEASES)).toBeNull();
    }
    const rows = await database.query<{ id: string; seq: number; lease_s: number }>(
      `SELECT d.id, d.last_report_seq AS seq, round(extract(epoch FROM s.lease_expires_at - now()) / 60)::int * 60 AS lease_s
       FROM deployments d JOIN bot_pool_slots s ON s.id = d.slot_id`,
    );
    for (const pair of pairs) {
      expect(rows.find(({ id }) => id === pair.deploymentId)).toMatchObject({
        seq: pair === fenced ? 0 : 1,
        lease_s: pair === inCall ? 900 : 60,
      });
    }
  });

  it('stamp each phase once, and return how late the knock was', async () => {
    const [{ botId }] = (await deployed(1)) as [Pair];
    // Claimed 3 s ago; the join time is 1.5 s before the knock.
    const claimedAt = new Date(Date.now() - 3_000);
    const knocked = new Date(claimedAt.getTime() + 2_000);
    await db.bot.updateMany({ data: { claimedAt, joinAt: new Date(knocked.getTime() - 1_500) } });
    const ready = new Date(claimedAt.getTime() + 1_000);
    const stamp = (phases: Parameters<typeof stampPhases>[2]) =>
      db.$transaction((tx) => stampPhases(tx, botId, phases));
    expect(await stamp({ browser_ready: ready })).toBeNull();
    expect(await stamp({ knocked })).toBe(1_500);
    expect(await stamp({ knocked: new Date() })).toBeNull();
    expect(await db.bot.findUniqueOrThrow({ where: { id: botId } })).toMatchObject({
      knockedAt: knocked,
      browserReadyAt: ready,
      admittedAt: null,
    });
  });

  it('stamp nothing before the claim, and nothing later than now', async () => {
    const [{ botId }] = (await deployed(1)) as [Pair];
    const claimedAt = new Date(Date.now() - 3_000);
    await db.bot.update({ where: { id: botId }, data: { claimedAt, joinAt: claimedAt } });
    const lateMs = await db.$transaction((tx) =>
      stampPhases(tx, botId, {
        browser_ready: new Date(claimedAt.getTime() - 3_600_000),
        knocked: new Date(Date.now() + 3_600_000),
      }),
    );
    const bot = await db.bot.findUniqueOrThrow({ where: { id: botId } });
    expect(bot).toMatchObject({ browserReadyAt: claimedAt, admittedAt: null, firstMediaAt: null });
    expect(bot.knockedAt?.getTime()).toBeLessThanOrEqual(Date.now());
    expect(lateMs).toBeLessThan(60_000);
  });
});

describe('launches', () => {
  it('begin together, without the one that was given up, and are marked as started one by one', async () => {
    const pairs = await deployed(4);
    const [claimed, over] = pairs as [Pair, Pair];
    const open = await readOpenDeployment(db, over.deploymentId);
    if (open) await db.$transaction((tx) => failDeployment(tx, open, { subCode: 'runtime_lost' }));
    const ids = pairs.map(({ deploymentId }) => deploymentId);
    const begun = await beginLaunches(db, ids, LAUNCH);
    expect(begun.map(({ bot_id }) => bot_id).sort()).toEqual(
      pairs.flatMap((pair) => (pair === over ? [] : [pair.botId])).sort(),
    );
    await claimDeployment(db, claimOf(claimed));
    for (const deploymentId of ids) {
      expect(await markStarted(db, { deploymentId, externalRef: `ref ${deploymentId}` })).toBe(false);
    }
    expect(await beginLaunches(db, ids, LAUNCH)).toEqual([]);
    const rows = await db.deployment.findMany({ where: { id: { in: ids } } });
    expect(rows.find(({ id }) => id === claimed.deploymentId)).toMatchObject({
      state: 'claimed',
      externalRef: `ref ${claimed.deploymentId}`,
    });
    expect(rows.find(({ id }) => id === ids[2])).toMatchObject({
      state: 'started',
      externalRef: `ref ${ids[2]}`,
    });
  });

  it('do not deadlock with claims, reports, cancels and losses of the same bots', async () => {
    for (let round = 0; round < 10; round += 1) {
      const pairs = await deployed(12);
      const shuffled = () => pairs.toSorted(() => Math.random() - 0.5);
      const ids = () => shuffled().map(({ deploymentId }) => deploymentId);
      const reports = () =>
        shuffled().map((pair) =>
          db.$transaction(async (tx) => {
            await lockBotOfDeployment(tx, pair.deploymentId);
            const heard = await hearReport(tx, reportOf(pair), LEASES);
            if (!heard) return;
            await transitionBot(tx, pair.botId, 'IN_CALL', { subCode: 'admitted', actor: 'runtime' });
          }),
        );
      const heartbeats = () => shuffled().map((pair) => hearReport(db, reportOf(pair), LEASES));
      await Promise.all([
        beginLaunches(db, ids(), LAUNCH),
        beginLaunches(db, ids(), LAUNCH),
        claimAll(shuffled()),
        markAllStarted(
          db,
          ids().map((deploymentId) => ({ deploymentId, externalRef: 'ref' })),
        ),
        claimDeployments(
          db,
          shuffled().map((pair) => claimOf(pair)),
        ),
        hearArrivals(
          db,
          shuffled().map((pair) => arrivalOf(pair, ARRIVALS.knock)),
          LEASES,
        ),
        ...ids().map((deploymentId) => markStarted(db, { deploymentId, externalRef: 'ref' })),
        claimAll(shuffled(), 'run_two'),
        ...reports(),
        ...heartbeats(),
        ...reports(),
        ...shuffled()
          .slice(0, 4)
          .map(async ({ deploymentId }) => {
            const open = await readOpenDeployment(db, deploymentId);
            if (open) await db.$transaction((tx) => failDeployment(tx, open, { subCode: 'runtime_lost' }));
          }),
        ...shuffled()
          .slice(0, 4)
          .map(({ botId }) =>
            db.$transaction((tx) =>
              transitionBot(tx, botId, 'CANCELLED', { subCode: 'cancelled_by_user', actor: 'user' }),
            ),
          ),
      ]);
      await numberEvents(database.url);
      expect(await findViolations(db)).toEqual([]);
    }
  });
});
