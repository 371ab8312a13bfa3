// The sweep's rounds: what they count, and what they do when the queue is away or their lock is lost.
import type { JobSender } from '@meeboter/chassis/jobs.ts';
import { createLog } from '@meeboter/chassis/log.ts';
import { openStorage } from '@meeboter/chassis/storage.ts';
import { startDueBots } from '@meeboter/prisma/sql/start-due-bots.ts';
import { beforeEach, expect, it } from 'vitest';
import { emptyPool, giveSlots } from '../e2e/support/empty-pool.ts';
import { eventually } from '../e2e/support/eventually.ts';
import { handQueue } from '../e2e/support/hand-queue.ts';
import { insertBot } from '../e2e/support/rows.ts';
import { testSettings } from '../e2e/support/test-settings.ts';
import type { SchedulerContext } from './context.ts';
import { createSweep } from './sweep.ts';
import { SWEEP_STEPS } from './sweep-steps.ts';

const pool = emptyPool();
let context: SchedulerContext;
/** The queue of each call that sends hints. */
let calls: string[];
let queueIsAway: boolean;
let refusalTakesMs: number;

beforeEach(async () => {
  calls = [];
  queueIsAway = false;
  refusalTakesMs = 0;
  const refuse = () => new Promise<false>((done) => setTimeout(() => done(false), refusalTakesMs));
  const jobs = handQueue();
  const counted: JobSender = {
    async send(kind, payload, options) {
      calls.push(kind.queue);
      return queueIsAway ? refuse() : jobs.send(kind, payload, options);
    },
    async sendMany(kind, hints) {
      if (hints.length === 0) return true;
      calls.push(kind.queue);
      return queueIsAway ? refuse() : jobs.sendMany(kind, hints);
    },
  };
  const settings = testSettings({ DATABASE_URL: pool.database.url });
  const log = createLog({ level: 'silent' });
  context = { settings, log, db: pool.db, storage: openStorage(settings), jobs: counted };
});

/** Deployments that no deployer starts, each older than the one before, and one whose slot is draining. */
async function overdue(count: number): Promise<void> {
  for (let n = 0; n <= count; n += 1) await insertBot(pool.database);
  await giveSlots(pool.db, { count: count + 1 });
  await pool.database.query(
    `UPDATE deployments d SET created_at = now() - n * interval '7 s'
     FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM deployments) o WHERE o.id = d.id`,
  );
  await pool.database.query(
    `UPDATE deployments SET state = 'started' WHERE id = (SELECT id FROM deployments ORDER BY id DESC LIMIT 1)`,
  );
  await pool.database.query(
    `UPDATE bot_pool_slots s SET state = 'busy', draining_at = now() - interval '9 s'
     FROM deployments d WHERE d.slot_id = s.id AND d.state = 'started'`,
  );
}

/** A sweep whose steps are all due in every round. */
function sweep(steps = SWEEP_STEPS) {
  let round = 0;
  const nowMs = () => round * 3_600_000;
  const once = createSweep(context, steps, nowMs);
  return () => {
    round += 1;
    return once();
  };
}

it('counts a row once for as long as it stays overdue', async () => {
  await overdue(3);
  const round = sweep();
  expect(await round()).toEqual({ deploy_overdue: 3, stop_overdue: 1 });
  expect(await round()).toEqual({});
  await pool.database.query(
    `UPDATE deployments SET state = 'started' WHERE id = (SELECT min(id) FROM deployments WHERE state = 'intent')`,
  );
  expect(await round()).toEqual({});
  await pool.database.query(
    `UPDATE deployments SET state = 'intent' WHERE id = (SELECT min(id) FROM deployments)`,
  );
  expect(await round()).toEqual({ deploy_overdue: 1 });
});

it('requests overdue launches of any age in one call', async () => {
  await overdue(5);
  await sweep()();
  expect(calls.filter((queue) => queue === 'deploy-local')).toHaveLength(1);
});

it('tries a frozen queue once in a round, and counts no repair', async () => {
  await overdue(3);
  queueIsAway = true;
  refusalTakesMs = 2_001;
  const round = sweep();
  expect(await round()).toEqual({});
  expect(calls).toHaveLength(1);
  // A queue that fails at once is tried by each step.
  refusalTakesMs = 0;
  expect(await round()).toEqual({});
  expect(calls.slice(1)).toEqual(['deploy-local', 'stop-local']);
  queueIsAway = false;
  expect(await round()).toEqual({ deploy_overdue: 3, stop_overdue: 1 });
});

it('does not end a bot whose queue deadline was moved while the sweep waited for its lock', async () => {
  const botId = await insertBot(pool.database);
  await startDueBots(pool.db, { batch: 1 });
  await pool.database.query(`UPDATE bot_pool_queue SET deadline_at = now() - interval '1 s'`);
  const steps = SWEEP_STEPS.filter(({ kind }) => kind === 'queue_timeout');
  let swept: Promise<unknown> = Promise.resolve();
  await pool.db.$transaction(async (tx) => {
    await tx.$executeRaw`SELECT 1 FROM bots WHERE id = ${botId} FOR UPDATE`;
    swept = sweep(steps)();
    await eventually('the sweep waits for the bot’s lock', async () => {
      const [row] = await pool.database.query<{ n: number }>(
        `SELECT count(*)::int AS n FROM pg_stat_activity
         WHERE datname = current_database() AND wait_event_type = 'Lock'`,
      );
      return row?.n === 1;
    });
    await tx.$executeRaw`UPDATE bot_pool_queue SET deadline_at = now() + interval '1 min'`;
  });
  expect(await swept).toEqual({});
  expect(await pool.db.bot.findUniqueOrThrow({ where: { id: botId } })).toMatchObject({ status: 'QUEUED' });
  await pool.database.query(`UPDATE bot_pool_queue SET deadline_at = now() - interval '1 s'`);
  expect(await sweep(steps)()).toEqual({ queue_timeout: 1 });
});

it('moves the starts of the next minutes by the leads, measured or assumed', async () => {
  const botId = await insertBot(pool.database, { joinInMs: 300_000, startInMs: 290_000 });
  const both: SchedulerContext = {
    ...context,
    settings: { ...context.settings, PLATFORM_PRIORITY: ['local', 'aws'] },
  };
  const steps = SWEEP_STEPS.filter(({ kind }) => kind === 'lead');
  const leadOf = async () => {
    await createSweep(both, steps)();
    const { joinAt, startAt } = await pool.db.bot.findUniqueOrThrow({ where: { id: botId } });
    return joinAt.getTime() - startAt.getTime();
  };
  expect(await leadOf()).toBe(90_000);
  const measured = (platform: string, leadMs: number) =>
    pool.database.query('INSERT INTO bot_pool_platforms (deployment_platform, lead_ms) VALUES ($1, $2)', [
      platform,
      leadMs,
    ]);
  await measured('local', 4_000);
  expect(await leadOf()).toBe(90_000);
  await measured('aws', 40_000);
  expect(await leadOf()).toBe(40_000);
});

it('ends its round when it has lost its lock', async () => {
  const ran: string[] = [];
  const losesTheLock = async () => {
    ran.push('first');
    await pool.database.query(
      `SELECT pg_terminate_backend(pid) FROM pg_locks
       WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
    );
    return 0;
  };
  const step = (kind: string, run: () => Promise<number>) => ({ kind, everyMs: 0, run });
  const steps = [
    step('first', losesTheLock),
    step('second', async () => {
      ran.push('second');
      return 0;
    }),
  ];
  await expect(createSweep(context, steps)()).rejects.toThrow();
  expect(ran).toEqual(['first']);
});
