// A bot that waits for a slot while nobody can give one out: that time does not count, and the end says whose
// fault it was.
import type { JobSender } from '@meeboter/chassis/jobs.ts';
import { createLog } from '@meeboter/chassis/log.ts';
import { openStorage } from '@meeboter/chassis/storage.ts';
import { beforeEach, describe, expect, it } from 'vitest';
import { emptyPool } from '../e2e/support/empty-pool.ts';
import { handQueue } from '../e2e/support/hand-queue.ts';
import { insertBot } from '../e2e/support/rows.ts';
import { testSettings } from '../e2e/support/test-settings.ts';
import type { SchedulerContext } from './context.ts';
import { createSweep } from './sweep.ts';

const pool = emptyPool();
const MINUTE = 60_000;

let context: SchedulerContext;
let queueIsAway: boolean;
beforeEach(() => {
  queueIsAway = false;
  const jobs = handQueue();
  const breakable: JobSender = {
    send: async (kind, payload) => !queueIsAway && jobs.send(kind, payload),
    sendMany: async (kind, hints) => hints.length === 0 || (!queueIsAway && jobs.sendMany(kind, hints)),
  };
  const settings = testSettings({ DATABASE_URL: pool.database.url, LOCAL_BOT_LIMIT: '0' });
  const log = createLog({ level: 'silent' });
  context = { settings, log, db: pool.db, storage: openStorage(settings), jobs: breakable };
});

/** A round of the sweep in a process that has just started. */
const round = () => createSweep(context)();
const slotsAreFree = () => {
  context = { ...context, settings: { ...context.settings, LOCAL_BOT_LIMIT: 5 } };
};

/** Time passes: every moment that is known moves into the past. */
const pass = (ms: number) =>
  pool.db.$transaction(async (tx) => {
    const by = `${ms} ms`;
    await tx.$executeRaw`UPDATE bots SET join_at = join_at - ${by}::interval, start_at = start_at - ${by}::interval,
      created_at = created_at - ${by}::interval, order_key = order_key - ${by}::interval`;
    await tx.$executeRaw`UPDATE bot_pool_queue SET deadline_at = deadline_at - ${by}::interval,
      order_key = order_key - ${by}::interval, queued_at = queued_at - ${by}::interval`;
    await tx.$executeRaw`UPDATE last_sweep SET swept_at = swept_at - ${by}::interval, dispatched_at = dispatched_at - ${by}::interval`;
    await tx.$executeRaw`UPDATE scheduler_absences SET from_at = from_at - ${by}::interval, until_at = until_at - ${by}::interval`;
  });
/** The same with a scheduler that sweeps. */
async function passSwept(ms: number): Promise<void> {
  await pass(ms);
  await pool.database.query('UPDATE last_sweep SET swept_at = now(), dispatched_at = now()');
  await round();
}

const bot = async (id: string) => {
  const { status, subCode, detail } = await pool.db.bot.findUniqueOrThrow({ where: { id } });
  return { status, subCode, detail };
};
const QUEUED = { status: 'QUEUED' };
const TIMED_OUT = { status: 'FATAL', subCode: 'queue_timeout', detail: null };

it('ends as queue_timeout when slots could be given out all the time', async () => {
  const id = await insertBot(pool.database, { queueTimeoutMs: 10 * MINUTE });
  await round();
  await passSwept(9 * MINUTE);
  expect(await bot(id)).toMatchObject(QUEUED);
  await passSwept(MINUTE);
  expect(await bot(id)).toEqual(TIMED_OUT);
});

describe('the scheduler was away', () => {
  it('while the time of a waiting bot was up: it gets a slot', async () => {
    const id = await insertBot(pool.database, { queueTimeoutMs: 10 * MINUTE });
    await round();
    await pass(30 * MINUTE);
    slotsAreFree();
    await round();
    expect(await bot(id)).toMatchObject({ status: 'DEPLOYING' });
  });

  it('while a booking came due: it is late, but it is sent', async () => {
    const id = await insertBot(pool.database, { joinInMs: MINUTE, queueTimeoutMs: MINUTE });
    await round();
    expect(await bot(id)).toMatchObject({ status: 'SCHEDULED' });
    await pass(30 * MINUTE);
    slotsAreFree();
    await round();
    expect(await bot(id)).toMatchObject({ status: 'DEPLOYING' });
  });

  it('while somebody booked: the bot has all its time from then on', async () => {
    await round();
    await pass(10 * MINUTE);
    const id = await insertBot(pool.database, { queueTimeoutMs: 5 * MINUTE });
    await pass(20 * MINUTE);
    await round();
    expect(await bot(id)).toMatchObject(QUEUED);
    await passSwept(5 * MINUTE - 2_000);
    expect(await bot(id)).toMatchObject(QUEUED);
    await passSwept(2_000);
    expect(await bot(id)).toEqual(TIMED_OUT);
  });

  it('and the bot waits on for what is left of its time, once for every absence', async () => {
    const id = await insertBot(pool.database, { queueTimeoutMs: 10 * MINUTE });
    await round();
    for (const awayMs of [15 * MINUTE, 5 * MINUTE]) {
      await passSwept(3 * MINUTE);
      await pass(awayMs);
      await round();
      expect(await bot(id)).toMatchObject(QUEUED);
    }
    // 6 of its 10 minutes are over.
    await passSwept(4 * MINUTE - 2_000);
    expect(await bot(id)).toMatchObject(QUEUED);
    await passSwept(2_000);
    expect(await bot(id)).toEqual(TIMED_OUT);
  });

  it('in the last seconds of its time: it has another minute, in which slots become free', async () => {
    const id = await insertBot(pool.database, { queueTimeoutMs: 10 * MINUTE });
    await round();
    await passSwept(10 * MINUTE - 1_000);
    await pass(20_000);
    await round();
    await passSwept(50_000);
    expect(await bot(id)).toMatchObject(QUEUED);
    await passSwept(11_000);
    expect(await bot(id)).toEqual(TIMED_OUT);
  });

  it('until the meeting must be over: the end says so', async () => {
    const inLine = await insertBot(pool.database, { queueTimeoutMs: 10 * MINUTE });
    await round();
    const later = await insertBot(pool.database, { joinInMs: 5 * MINUTE, queueTimeoutMs: 10 * MINUTE });
    // Their meetings may last an hour.
    await pass(66 * MINUTE);
    slotsAreFree();
    await round();
    await round();
    for (const id of [inLine, later]) {
      expect(await bot(id)).toEqual({
        status: 'FATAL',
        subCode: 'scheduler_away',
        detail: expect.stringMatching(/^No slot could be given out for 6[16] min\.$/),
      });
    }
  });

  it('and then no slot is free until the meeting must be over', async () => {
    const id = await insertBot(pool.database, { queueTimeoutMs: 40 * MINUTE });
    await round();
    await pass(50 * MINUTE);
    await round();
    await passSwept(9 * MINUTE);
    expect(await bot(id)).toMatchObject(QUEUED);
    await passSwept(MINUTE);
    expect(await bot(id)).toMatchObject({ status: 'FATAL', subCode: 'scheduler_away' });
  });

  it('before a bot was wanted: nothing to make up for', async () => {
    await round();
    await pass(30 * MINUTE);
    await round();
    const id = await insertBot(pool.database, { queueTimeoutMs: 2 * MINUTE });
    await passSwept(2 * MINUTE);
    expect(await bot(id)).toEqual(TIMED_OUT);
  });
});

it('time in which the queue takes no hint does not count: what is given out goes nowhere', async () => {
  const id = await insertBot(pool.database, { queueTimeoutMs: 10 * MINUTE });
  // A slot that drains: its stop is a hint.
  slotsAreFree();
  const other = await insertBot(pool.database, { joinInMs: -MINUTE });
  context = { ...context, settings: { ...context.settings, LOCAL_BOT_LIMIT: 1 } };
  await round();
  expect(await bot(other)).toMatchObject({ status: 'DEPLOYING' });
  await pool.database.query(
    `UPDATE bot_pool_slots SET state = 'busy', draining_at = now() - interval '1 min' WHERE bot_id IS NOT NULL`,
  );
  queueIsAway = true;
  for (let n = 0; n < 4; n += 1) {
    await pass(5 * MINUTE);
    await round();
    expect(await bot(id)).toMatchObject(QUEUED);
  }
  queueIsAway = false;
  await round();
  await passSwept(9 * MINUTE);
  expect(await bot(id)).toMatchObject(QUEUED);
  await passSwept(2 * MINUTE);
  expect(await bot(id)).toEqual(TIMED_OUT);
});

it('keeps the absences of a week', async () => {
  await round();
  for (const days of [5, 5, 5]) {
    await pass(days * 24 * 60 * MINUTE);
    await round();
  }
  expect(await pool.db.schedulerAbsence.count()).toBe(2);
});
