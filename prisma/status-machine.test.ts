// The database's trigger allows the status changes that domain/status.ts declares, and no others.
import { BOT_STATUSES, type BotStatus, canMove, isTerminal } from '@meeboter/domain/status.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestDatabase, testDatabase } from '../e2e/support/database.ts';
import { type Database, openDatabase } from './client.ts';
import { transitionBot } from './sql/transition-bot.ts';

let database: TestDatabase;
let db: Database;

beforeAll(async () => {
  database = await testDatabase();
  db = openDatabase({ url: database.url });
  await database.query(`INSERT INTO "user" (id, name, email) VALUES ('u', 'U', 'u@example.org')`);
});
afterAll(async () => {
  await db.$disconnect();
  await database.drop();
});

let count = 0;
/** Inserts a bot with this status, without events. */
async function botIn(status: BotStatus): Promise<string> {
  count += 1;
  const id = `bot_${count}`;
  await database.query(
    `INSERT INTO bots (id, user_id, status, sub_code, display_name, meeting_platform, meeting_url, join_url,
       meeting_key, leave_rules, join_at, start_at, order_key, queue_timeout_ms, ended_at)
     VALUES ($1, 'u', $2::bot_status, 'x', 'n', 'google-meet', 'm', 'm', 'k', '{}', now(), now(), now(), 1000,
       CASE WHEN $2::bot_status IN ('DONE', 'FATAL', 'CANCELLED') THEN now() END)`,
    [id, status],
  );
  return id;
}

describe('the database', () => {
  it('allows exactly the moves that the domain declares', async () => {
    for (const from of BOT_STATUSES) {
      for (const to of BOT_STATUSES) {
        if (from === to) continue;
        const id = await botIn(from);
        const ended = isTerminal(to) ? 'now()' : 'NULL';
        const move = database.query(`UPDATE bots SET status = '${to}', ended_at = ${ended} WHERE id = $1`, [
          id,
        ]);
        if (canMove(from, to)) await move;
        else await expect(move, `${from} to ${to}`).rejects.toThrow(/illegal move/);
      }
    }
  });
});

describe('transitionBot', () => {
  const move = (id: string, to: BotStatus, attempt?: number) =>
    db.$transaction((tx) =>
      transitionBot(tx, id, to, {
        subCode: 'x',
        actor: 'runtime',
        ...(attempt === undefined ? {} : { attempt }),
      }),
    );
  const events = (id: string) =>
    database.query<{ bot_seq: number; payload: { from: string; to: string } }>(
      'SELECT bot_seq, payload FROM events WHERE bot_id = $1 ORDER BY bot_seq',
      [id],
    );

  it('writes status and event together, and neither when its guard does not hold', async () => {
    const id = await botIn('IN_CALL');
    expect(await move(id, 'DONE')).toBeNull();
    expect(await move(id, 'LEAVING', 7)).toBeNull();
    expect(await events(id)).toEqual([]);
    expect(await move(id, 'LEAVING', 0)).toMatchObject({ from: 'IN_CALL', to: 'LEAVING' });
    expect(await move(id, 'LEAVING', 0)).toBeNull();
    expect((await events(id)).map((event) => event.payload.to)).toEqual(['LEAVING']);
  });

  it('numbers the events of a bot, and of two concurrent moves writes one', async () => {
    const ids = await Promise.all(Array.from({ length: 30 }, () => botIn('JOINING_CALL')));
    await Promise.all(ids.map((id) => move(id, 'IN_CALL')));
    await Promise.all(ids.flatMap((id) => [move(id, 'LEAVING'), move(id, 'LEAVING')]));
    for (const id of ids) {
      expect((await events(id)).map((event) => [event.bot_seq, event.payload.to])).toEqual([
        [1, 'IN_CALL'],
        [2, 'LEAVING'],
      ]);
    }
  });

  it('leaves no event when the transaction fails', async () => {
    const id = await botIn('SCHEDULED');
    const failing = db.$transaction(async (tx) => {
      await transitionBot(tx, id, 'CANCELLED', { subCode: 'x', actor: 'user' });
      throw new Error('lost');
    });
    await expect(failing).rejects.toThrow('lost');
    expect(await database.query('SELECT event_seq FROM bots WHERE id = $1', [id])).toEqual([
      { event_seq: 0 },
    ]);
    expect(await events(id)).toEqual([]);
  });
});
