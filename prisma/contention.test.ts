// Concurrent transactions on the same bot: all lock its rows in the same order, so none deadlock, and one that
// waited for a lock acts on the rows as they are afterwards.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestDatabase, testDatabase } from '../e2e/support/database.ts';
import { type Database, openDatabase } from './client.ts';
import { claimDeployment } from './sql/claim-deployment.ts';
import { endDeployment, failDeployment } from './sql/deployment-steps.ts';
import { dispatchBots } from './sql/dispatch-bots.ts';
import { ensureSlots } from './sql/ensure-slots.ts';
import { beginLaunches } from './sql/launch.ts';
import { queueBot } from './sql/queue-bot.ts';
import { hearReport } from './sql/report.ts';
import { transitionBot } from './sql/transition-bot.ts';

const LOCAL = { platform: 'local', limit: 1_000 };
const LEASE = { leaseMs: 60_000 };
const LAUNCH = { launchTimeoutsMs: { local: 60_000 }, hosts: { local: 'here' } };
let database: TestDatabase;
let db: Database;
let count = 0;

beforeAll(async () => {
  database = await testDatabase();
  db = openDatabase({ url: database.url, poolSize: 12 });
  await database.query(`INSERT INTO "user" (id, name, email) VALUES ('u', 'U', 'u@example.org')`);
});
afterAll(async () => {
  await db.$disconnect();
  await database.drop();
});

/** A bot that was just dispatched: it has a slot and a deployment. */
async function deployed() {
  count += 1;
  const id = `bot_${count}`;
  await database.query(
    `INSERT INTO bots (id, user_id, status, sub_code, display_name, meeting_platform, meeting_url, join_url,
       meeting_key, leave_rules, join_at, start_at, order_key, queue_timeout_ms)
     VALUES ($1, 'u', 'SCHEDULED', 'booked', 'n', 'google-meet', 'm', 'm', 'k', '{}', now(), now(), now(), 60000)`,
    [id],
  );
  await db.$transaction((tx) =>
    queueBot(tx, id, { from: ['SCHEDULED'], subCode: 'due', actor: 'scheduler', afresh: false }),
  );
  await ensureSlots(db, { ...LOCAL, wanted: 1 });
  const [pair] = await dispatchBots(db, {
    ...LOCAL,
    batch: 1,
    launchTimeoutMs: 60_000,
    launches: { burst: 10_000, perSecond: 10_000 },
  });
  if (pair?.botId !== id) throw new Error('not dispatched');
  const row = await db.deployment.findUniqueOrThrow({ where: { id: pair.deploymentId } });
  return { id: row.id, slot_id: row.slotId, epoch: row.epoch, bot_id: id };
}

type Deployed = Awaited<ReturnType<typeof deployed>>;

const cancel = ({ bot_id }: Deployed) =>
  db.$transaction((tx) =>
    transitionBot(tx, bot_id, 'CANCELLED', { subCode: 'cancelled_by_user', actor: 'user' }),
  );
const claim = ({ id }: Deployed, runtimeId: string) =>
  claimDeployment(db, { deploymentId: id, runtimeId, ...LEASE });
const lose = (deployment: Deployed) =>
  db.$transaction((tx) => failDeployment(tx, deployment, { subCode: 'runtime_lost' }));
const free = (deployment: Deployed) => db.$transaction((tx) => endDeployment(tx, deployment));

describe('concurrent transactions on one bot', () => {
  it('claim, cancel, launch, loss and release do not deadlock', async () => {
    for (let round = 0; round < 25; round += 1) {
      const deployment = await deployed();
      await Promise.all([
        claim(deployment, 'runtime-one'),
        beginLaunches(db, [deployment.id], LAUNCH),
        cancel(deployment),
        lose(deployment),
        free(deployment),
        claim(deployment, 'runtime-two'),
      ]);
      await lose(deployment);
      await free(deployment);
      expect((await db.bot.findUniqueOrThrow({ where: { id: deployment.bot_id } })).status).toBe('CANCELLED');
      expect((await db.botPoolSlot.findUniqueOrThrow({ where: { id: deployment.slot_id } })).state).toBe(
        'idle',
      );
    }
  });

  it('exactly one of many runtimes wins the claim', async () => {
    const deployment = await deployed();
    const runtimes = Array.from({ length: 8 }, (_, index) => `runtime-${index}`);
    const won = await Promise.all(runtimes.map((runtime) => claim(deployment, runtime)));
    expect(won.filter((answer) => answer !== null)).toHaveLength(1);
  });

  it.each(['heartbeat', 'claim', 'launch'] as const)(
    'a %s that waited for the lock while its deployment was given up is refused',
    async (what) => {
      const deployment = await deployed();
      const runtime = {
        ...{ deploymentId: deployment.id, runtimeId: 'runtime-one' },
        ...{ epoch: deployment.epoch, attempt: 1 },
      };
      const leases = { leaseBeforeAdmissionMs: 60_000, leaseInCallMs: 60_000 };
      const attempt = {
        heartbeat: () =>
          hearReport(
            db,
            { ...runtime, seq: 1, entryCount: 0, entryLimit: null, turns: [], parts: [] },
            leases,
          ),
        claim: () => claim(deployment, 'runtime-one'),
        launch: async () => (await beginLaunches(db, [deployment.id], LAUNCH))[0] ?? null,
      }[what];
      if (what !== 'launch') await claim(deployment, 'runtime-one');
      expect(await attempt()).not.toBeNull();
      let waiting: Promise<unknown> | undefined;
      await db.$transaction(async (tx) => {
        await failDeployment(tx, deployment, { subCode: 'runtime_lost' });
        waiting = attempt();
        // Until it waits for the lock.
        for (;;) {
          const [row] = await database.query<{ n: number }>(
            `SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
          );
          if ((row?.n ?? 0) > 0) break;
        }
      });
      expect(await waiting).toBeNull();
    },
  );
});
