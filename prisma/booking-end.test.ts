// The end of a booking (`end_at`): no bot waits for a slot beyond it, or may stay in the call long after it.
import { describe, expect, it } from 'vitest';
import { emptyPool, giveSlots } from '../e2e/support/empty-pool.ts';
import { insertBot } from '../e2e/support/rows.ts';
import { deploymentsOverstaying } from './sql/overdue.ts';
import { settleDeadline } from './sql/past-deadline.ts';
import { queueBot } from './sql/queue-bot.ts';
import { startDueBots } from './sql/start-due-bots.ts';

const pool = emptyPool();
const MINUTE = 60_000;
const setEnd = (id: string, minutesFromNow: number) =>
  pool.database.query(`UPDATE bots SET end_at = now() + $2 * interval '1 min' WHERE id = $1`, [
    id,
    minutesFromNow,
  ]);

describe('in the queue', () => {
  /** The minutes from the join time to the deadline of each queued bot. */
  const minutesToWait = async () => {
    const rows = await pool.database.query<{ id: string; minutes: number }>(
      `SELECT b.id, round(extract(epoch FROM q.deadline_at - b.join_at) / 60)::int AS minutes
       FROM bot_pool_queue q JOIN bots b ON b.id = q.bot_id`,
    );
    return new Map(rows.map(({ id, minutes }) => [id, minutes]));
  };

  it('a bot waits until the end of its timeout or of its booking, whichever is earlier', async () => {
    const [none, early, late] = [
      await insertBot(pool.database, { queueTimeoutMs: 10 * MINUTE }),
      await insertBot(pool.database, { queueTimeoutMs: 10 * MINUTE }),
      await insertBot(pool.database, { queueTimeoutMs: 10 * MINUTE }),
    ];
    await setEnd(early, 4);
    await setEnd(late, 40);
    await startDueBots(pool.db, { batch: 10 });
    expect(await minutesToWait()).toEqual(
      new Map([
        [none, 10],
        [early, 4],
        [late, 10],
      ]),
    );
  });

  it('a bot whose attempt was lost waits no longer either', async () => {
    const id = await insertBot(pool.database, { queueTimeoutMs: 10 * MINUTE });
    await setEnd(id, 4);
    await giveSlots(pool.db, { count: 1 });
    await pool.db.$transaction(async (tx) => {
      await tx.$executeRaw`DELETE FROM bot_pool_queue`;
      await queueBot(tx, id, { from: ['DEPLOYING'], subCode: 'x', actor: 'deployer', afresh: true });
    });
    expect(await minutesToWait()).toEqual(new Map([[id, 4]]));
  });

  it('an absence before the bot was wanted is no reason for its end', async () => {
    const id = await insertBot(pool.database, { queueTimeoutMs: 60 * MINUTE });
    await setEnd(id, 4);
    await startDueBots(pool.db, { batch: 10 });
    await pool.database.query(
      `INSERT INTO scheduler_absences (from_at, until_at)
       VALUES (now() - interval '50 min', now() - interval '30 min')`,
    );
    await pool.database.query(
      `UPDATE bots SET join_at = join_at - interval '5 min', created_at = created_at - interval '5 min',
         end_at = end_at - interval '5 min'`,
    );
    await pool.database.query(`UPDATE bot_pool_queue SET deadline_at = deadline_at - interval '5 min'`);
    expect(await pool.db.$transaction((tx) => settleDeadline(tx, id))).toEqual({
      kind: 'ends',
      subCode: 'queue_timeout',
    });
  });

  it('an absence lengthens the wait to the end of the booking at most', async () => {
    const id = await insertBot(pool.database, { queueTimeoutMs: 5 * MINUTE });
    await startDueBots(pool.db, { batch: 10 });
    await setEnd(id, 2);
    await pool.database.query(
      `INSERT INTO scheduler_absences (from_at, until_at) VALUES (now() - interval '20 min', now() - interval '1 s')`,
    );
    await pool.database.query(
      `UPDATE bots SET join_at = join_at - interval '20 min', created_at = created_at - interval '20 min'`,
    );
    await pool.database.query(`UPDATE bot_pool_queue SET deadline_at = deadline_at - interval '20 min'`);
    const settle = () => pool.db.$transaction((tx) => settleDeadline(tx, id));
    expect(await settle()).toMatchObject({ kind: 'extended' });
    expect(await minutesToWait()).toEqual(new Map([[id, 22]]));
    await pool.database.query(
      `UPDATE bots SET join_at = join_at - interval '2 min', created_at = created_at - interval '2 min',
         end_at = end_at - interval '2 min'`,
    );
    await pool.database.query(`UPDATE bot_pool_queue SET deadline_at = deadline_at - interval '2 min'`);
    expect(await settle()).toMatchObject({ kind: 'ends', subCode: 'scheduler_away' });
  });
});

// [what, minutes since the bot came into the call, minutes since its end (null: none), is it past its time]
it.each([
  ['has no end', 30, null, false],
  ['ended some time ago', 30, 10, false],
  ['ended long ago', 30, 16, true],
  ['has an end far ahead, but reached its longest stay long ago', 76, -100, true],
  ['came in after its end, just now', 1, 30, false],
  ['came in after its end, long ago', 16, 30, true],
] as const)('a bot in the call that %s', async (_what, inCallMin, endedMin, isOver) => {
  const id = await insertBot(pool.database);
  await giveSlots(pool.db, { count: 1 });
  await pool.db.$transaction(async (tx) => {
    await tx.$executeRaw`SET LOCAL session_replication_role = replica`;
    await tx.$executeRaw`UPDATE bots SET status = 'IN_CALL', in_call_at = now() - ${inCallMin} * interval '1 min',
      end_at = now() - ${endedMin}::int * interval '1 min' WHERE id = ${id}`;
    await tx.$executeRaw`UPDATE deployments SET state = 'claimed', last_report_at = now()`;
  });
  expect(await deploymentsOverstaying(pool.db, 15 * MINUTE)).toHaveLength(isOver ? 1 : 0);
});
