// The sequencer's loop: it numbers events soon, another one takes over when its session is lost, and it recovers.
import { createLog } from '@meeboter/chassis/log.ts';
import { type Database, openDatabase } from '@meeboter/prisma/client.ts';
import { appendEvent } from '@meeboter/prisma/sql/append-events.ts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type TestDatabase, testDatabase } from '../e2e/support/database.ts';
import { eventually } from '../e2e/support/eventually.ts';
import { insertBot, insertUser } from '../e2e/support/rows.ts';
import { startSequencer } from './sequencer.ts';

const log = createLog({ level: 'silent' });
let database: TestDatabase;
let db: Database;
let botId: string;
beforeAll(async () => {
  database = await testDatabase();
  db = openDatabase({ url: database.url });
  await insertUser(database);
  botId = await insertBot(database);
});
afterAll(async () => {
  await db.$disconnect();
  await database.drop();
});

/** Writes an event, and waits until every event has a number. */
async function untilNumbered(): Promise<void> {
  await db.$transaction((tx) =>
    appendEvent(tx, botId, { type: 'bot.leave_requested', payload: { actor: 'user' } }),
  );
  await eventually(
    'every event has a number',
    async () => (await db.event.count({ where: { seq: null } })) === 0,
  );
}
const sessions = () =>
  database.query<{ pid: number; leads: boolean }>(
    `SELECT a.pid, EXISTS (SELECT 1 FROM pg_locks l WHERE l.pid = a.pid AND l.locktype = 'advisory') AS leads
     FROM pg_stat_activity a WHERE datname = current_database() AND application_name = 'meeboter sequencer'`,
  );

it('one of two sequencers leads; when its session is killed, numbering goes on within 3 s', async () => {
  const stops = [1, 2].map(() => startSequencer({ url: database.url, log }));
  await untilNumbered();
  for (let round = 0; round < 2; round += 1) {
    const both = await eventually('both have a session', async () => {
      const open = await sessions();
      return open.length === 2 && open.some(({ leads }) => leads) && open;
    });
    expect(both.filter(({ leads }) => leads)).toHaveLength(1);
    await database.query('SELECT pg_terminate_backend($1)', [both.find(({ leads }) => leads)?.pid]);
    const sinceMs = performance.now();
    await untilNumbered();
    expect(performance.now() - sinceMs).toBeLessThan(3_000);
  }
  await Promise.all(stops.map((stop) => stop()));
  expect(await sessions()).toEqual([]);
});

it('a sequencer whose database is away can be stopped', async () => {
  const stop = startSequencer({ url: 'postgresql://nobody@127.0.0.1:1/none', log });
  await stop();
});
