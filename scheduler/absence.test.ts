// Absences of the scheduler: time in which no slot can be given out does not count towards a bot's queue timeout,
// and a bot that could not be sent because of it ends with `scheduler_away`.
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
const log = createLog({ level: 'silent' });
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
  context = { settings, log, db: pool.db, storage: openStorage(settings), jobs: breakable };
});

/** A round of the sweep in a process that has just started. */
const round = () => createSweep(context)();
const slotsAreFree = () => {
  context = { ...context, settings: { ...context.settings, LOCAL_BOT_LIMIT: 5 } };
};

/** Lets time pass without a sweep: moves all times in the database into the past. */
const backdate = (ms: number) =>
  pool.db.$transaction(async (tx) => {
    const by = `${ms} ms`;
    await tx.$executeRaw`UPDATE bots SET join_at = join_at - ${by}::interval, start_at = start_at - ${by}::interval,
      created_at = created_at - ${by}::interval, order_key = order_key - ${by}::interval`;
    await tx.$executeRaw`UPDATE bot_pool_queue SET deadline_at = deadline_at - ${by}::interval,
      order_key = order_key - ${by}::interval, queued_at = queued_at - ${by}::interval`;
    await tx.$executeRaw`UPDATE last_sweep SET swept_at = swept_at - ${by}::interval, dispatched_at = dispatched_at - ${by}::interval`;
    await tx.$executeRaw`UPDATE scheduler_absences SET from_at = from_at - ${by}::interval, until_at = until_at - ${by}::interval`;
  });
/** Lets time pass with a scheduler that sweeps all the time. */
async function backdateSwept(ms: number): Promise<void> {
  await backdate(ms);
  await pool.database.query('UPDATE last_sweep SET swept_at = now(), dispatched_at = now()');
  await round();
}

const bot = async (id: string) => {
  const { status, subCode, detail } = await pool.db.bot.findUniqueOrThrow({ where: { id } });
  return { status, subCode, detail };
};
const QUEUED = { status: 'QUEUED' };
const TIMED_OUT = { status: 'FATAL', subCode: 'queue_timeout', detail: null };

it('without absences, a bot ends with queue_timeout after its timeout', async () => {
  const id = await insertBot(pool.database, { queueTimeoutMs: 10 * MINUTE });
  await round();
  await backdateSwept(9 * MINUTE);
  expect(await bot(id)).toMatchObject(QUEUED);
  await backdateSwept(MINUTE);
  expect(await bot(id)).toEqual(TIMED_OUT);
});

describe('when the scheduler was away', () => {
  it('a queued bot whose deadline passed meanwhile gets a slot', async () => {
    const id = await insertBot(pool.database, { queueTimeoutMs: 10 * MINUTE });
    await round();
    await backdate(30 * MINUTE);
    slotsAreFree();
    await round();
    expect(await bot(id)).toMatchObject({ status: 'DEPLOYING' });
  });

  it('a booking that came due meanwhile is started late', async () => {
    const id = await insertBot(pool.database, { joinInMs: MINUTE, queueTimeoutMs: MINUTE });
    await round();
    expect(await bot(id)).toMatchObject({ status: 'SCHEDULED' });
    await backdate(30 * MINUTE);
    slotsAreFree();
    await round();
    expect(await bot(id)).toMatchObject({ status: 'DEPLOYING' });
  });

  it('a bot that was booked meanwhile has its whole timeout from the end of the absence', async () => {
    await round();
    await backdate(10 * MINUTE);
    const id = await insertBot(pool.database, { queueTimeoutMs: 5 * MINUTE });
    await backdate(20 * MINUTE);
    await round();
    expect(await bot(id)).toMatchObject(QUEUED);
    await backdateSwept(5 * MINUTE - 2_000);
    expect(await bot(id)).toMatchObject(QUEUED);
    await backdateSwept(2_000);
    expect(await bot(id)).toEqual(TIMED_OUT);
  });

  it('a queued bot keeps the rest of its timeout, also after several absences', async () => {
    const id = await insertBot(pool.database, { queueTimeoutMs: 10 * MINUTE });
    await round();
    for (const awayMs of [15 * MINUTE, 5 * MINUTE]) {
      await backdateSwept(3 * MINUTE);
      await backdate(awayMs);
      await round();
      expect(await bot(id)).toMatchObject(QUEUED);
    }
    // 6 of its 10 minutes have counted.
    await backdateSwept(4 * MINUTE - 2_000);
    expect(await bot(id)).toMatchObject(QUEUED);
    await backdateSwept(2_000);
    expect(await bot(id)).toEqual(TIMED_OUT);
  });

  it('in the last seconds before the deadline, the bot gets another minute', async () => {
    const id = await insertBot(pool.database, { queueTimeoutMs: 10 * MINUTE });
    await round();
    await backdateSwept(10 * MINUTE - 1_000);
    await backdate(20_000);
    await round();
    await backdateSwept(50_000);
    expect(await bot(id)).toMatchObject(QUEUED);
    await backdateSwept(11_000);
    expect(await bot(id)).toEqual(TIMED_OUT);
  });

  it('for longer than the meeting can last, the bot ends with scheduler_away', async () => {
    const queued = await insertBot(pool.database, { queueTimeoutMs: 10 * MINUTE });
    await round();
    const later = await insertBot(pool.database, { joinInMs: 5 * MINUTE, queueTimeoutMs: 10 * MINUTE });
    // Their leave rules allow one hour in the call.
    await backdate(66 * MINUTE);
    slotsAreFree();
    await round();
    await round();
    for (const id of [queued, later]) {
      expect(await bot(id)).toEqual({
        status: 'FATAL',
        subCode: 'scheduler_away',
        detail: expect.stringMatching(/^No slot could be given out for 6[16] min\.$/),
      });
    }
  });

  it('and then no slot is free until the meeting must be over, the bot ends with scheduler_away', async () => {
    const id = await insertBot(pool.database, { queueTimeoutMs: 40 * MINUTE });
    await round();
    await backdate(50 * MINUTE);
    await round();
    await backdateSwept(9 * MINUTE);
    expect(await bot(id)).toMatchObject(QUEUED);
    await backdateSwept(MINUTE);
    expect(await bot(id)).toMatchObject({ status: 'FATAL', subCode: 'scheduler_away' });
  });

  it('only before a bot was wanted, its timeout is not extended', async () => {
    await round();
    await backdate(30 * MINUTE);
    await round();
    const id = await insertBot(pool.database, { queueTimeoutMs: 2 * MINUTE });
    await backdateSwept(2 * MINUTE);
    expect(await bot(id)).toEqual(TIMED_OUT);
  });
});

it('time in which the job queue accepts no hint does not count, because no bot can be launched', async () => {
  const id = await insertBot(pool.database, { queueTimeoutMs: 10 * MINUTE });
  // A draining slot, for which the sweep has to send a stop hint.
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
    await backdate(5 * MINUTE);
    await round();
    expect(await bot(id)).toMatchObject(QUEUED);
  }
  queueIsAway = false;
  await round();
  await backdateSwept(9 * MINUTE);
  expect(await bot(id)).toMatchObject(QUEUED);
  await backdateSwept(2 * MINUTE);
  expect(await bot(id)).toEqual(TIMED_OUT);
});

it('absences are deleted after a week', async () => {
  await round();
  for (const days of [5, 5, 5]) {
    await backdate(days * 24 * 60 * MINUTE);
    await round();
  }
  expect(await pool.db.schedulerAbsence.count()).toBe(2);
});
