// The account numbers of the event log: with any mix of writers, sequencers and slow transactions, a reader
// that follows an account by these numbers sees each event once, and the events of each bot in their order.
import fc from 'fast-check';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { type TestDatabase, testDatabase } from '../e2e/support/database.ts';
import { eventually } from '../e2e/support/eventually.ts';
import { insertBot, insertUser } from '../e2e/support/rows.ts';
import { type Database, openDatabase } from './client.ts';
import { EVENTS_CHANNEL, openSequencerSession, type SequencerSession } from './event-sequencer.ts';
import { appendEvent, appendEvents } from './sql/append-events.ts';
import { findViolations } from './sql/find-violations.ts';

const USERS = ['u', 'v', 'w'] as const;
let database: TestDatabase;
let db: Database;
beforeAll(async () => {
  database = await testDatabase();
  db = openDatabase({ url: database.url, poolSize: 12 });
});
beforeEach(async () => {
  await database.query('TRUNCATE "user", events CASCADE');
  for (const user of USERS) await insertUser(database, user);
});
afterAll(async () => {
  await db.$disconnect();
  await database.drop();
});

const withSequencer = async <T>(work: (sequencer: SequencerSession) => Promise<T>): Promise<T> => {
  const sequencer = await openSequencerSession(database.url);
  try {
    return await work(sequencer);
  } finally {
    await sequencer.close();
  }
};
const numberAll = () => withSequencer((sequencer) => sequencer.numberEvents(1_000));
const leaveEvent = { type: 'bot.leave_requested', payload: { actor: 'user' } } as const;
const write = (botId: string) => db.$transaction((tx) => appendEvent(tx, botId, leaveEvent));
const newBot = async (user: string) => {
  const id = await insertBot(database);
  await database.query('UPDATE bots SET user_id = $2 WHERE id = $1', [id, user]);
  return id;
};

interface Read {
  bot_id: string;
  bot_seq: number;
  seq: string;
}
/** The query of every reader: an account's events after a number. */
const readAfter = (user: string, seq: number) =>
  db.$queryRaw<Read[]>`
    SELECT bot_id, bot_seq, seq::text FROM events e WHERE user_id = ${user} AND seq > ${seq} ORDER BY e.seq LIMIT 50`;

it('an event whose transaction commits late gets a later number, and is not missed', async () => {
  const [early, late] = [await newBot('u'), await newBot('u')];
  await db.$transaction(async (tx) => {
    await appendEvent(tx, late, leaveEvent);
    await write(early);
    await numberAll();
    expect(await readAfter('u', 0)).toMatchObject([{ bot_id: early, seq: '1' }]);
  });
  await numberAll();
  expect(await readAfter('u', 1)).toMatchObject([{ bot_id: late, seq: '2' }]);
});

it('a batch sends one notification, with its accounts', async () => {
  const listener = new pg.Client({ connectionString: database.url });
  await listener.connect();
  const payloads: string[] = [];
  listener.on('notification', ({ payload }) => payloads.push(payload ?? ''));
  await listener.query(`LISTEN ${EVENTS_CHANNEL}`);
  for (const user of ['u', 'u', 'v']) await write(await newBot(user));
  expect((await numberAll()).numbered).toBe(3);
  await eventually('the notification arrives', async () => payloads.length > 0);
  // An empty batch sends none.
  expect((await numberAll()).numbered).toBe(0);
  await listener.query('SELECT 1');
  expect(payloads.map((payload) => JSON.parse(payload).sort())).toEqual([['u', 'v']]);
  await listener.end();
});

it('one session leads; another takes over within 3 s from one that is silent', async () => {
  await withSequencer(async (first) => {
    await withSequencer(async (second) => {
      expect(await first.lead()).toBe(true);
      expect(await second.lead()).toBe(false);
      // From here `first` sends no statement, as if its process were frozen.
      const sinceMs = performance.now();
      await eventually('the second session leads', () => second.lead(), { deadlineMs: 10_000 });
      expect(performance.now() - sinceMs).toBeLessThan(3_000);
      await expect(first.numberEvents(1)).rejects.toThrow();
    });
  });
});

it('deleting a bot keeps the numbers of its events and erases their content', async () => {
  const [gone, stays] = [await newBot('u'), await newBot('u')];
  await db.$transaction((tx) =>
    appendEvents(tx, gone, [
      { type: 'participant.joined', payload: { actor: 'runtime', external_id: 'p', name: 'Ada' } },
      leaveEvent,
    ]),
  );
  await write(stays);
  await numberAll();
  await write(gone); // not numbered yet
  await database.query('DELETE FROM bots WHERE id = $1', [gone]);
  await numberAll();
  expect(await readAfter('u', 0)).toMatchObject([
    { bot_id: gone, bot_seq: 1, seq: '1' },
    { bot_id: gone, bot_seq: 2, seq: '2' },
    { bot_id: stays, bot_seq: 1, seq: '3' },
    { bot_id: gone, bot_seq: 3, seq: '4' },
  ]);
  const rows = await db.event.findMany({ orderBy: { seq: 'asc' } });
  expect(rows.map(({ erased, payload }) => [erased, JSON.stringify(payload).includes('Ada')])).toEqual([
    [true, false],
    [true, false],
    [false, false],
    [true, false],
  ]);
  expect((await findViolations(db)).filter(({ invariant }) => invariant === 'I7')).toHaveLength(1); // `stays` has no status event
});

it('deleting an account deletes its events', async () => {
  await write(await newBot('u'));
  await write(await newBot('v'));
  await numberAll();
  await database.query(`DELETE FROM "user" WHERE id = 'u'`);
  expect((await db.event.findMany()).map(({ userId }) => userId)).toEqual(['v']);
});

const scenario = fc.record({
  /** Each writer's transactions: the bot, how many events, how long it stays open, and whether it commits. */
  writers: fc.array(
    fc.array(
      fc.record({
        bot: fc.nat(5),
        events: fc.integer({ min: 1, max: 4 }),
        holdMs: fc.constantFrom(0, 0, 0, 5, 30),
        commits: fc.constantFrom(true, true, true, false),
      }),
      { minLength: 3, maxLength: 10 },
    ),
    { minLength: 4, maxLength: 7 },
  ),
  batch: fc.integer({ min: 1, max: 7 }),
  /** How many sequencers run at the same time: more than one does when the first only seemed dead. */
  sequencers: fc.integer({ min: 1, max: 3 }),
  killEveryMs: fc.constantFrom(15, 60),
});

it('readers see each event once, and the events of each bot in their order', async () => {
  await fc.assert(
    fc.asyncProperty(scenario, async ({ writers, batch, sequencers, killEveryMs }) => {
      await database.query('TRUNCATE bots, events, event_counters CASCADE');
      const bots = await Promise.all([0, 1, 2, 3, 4, 5].map((n) => newBot(USERS[n % 3] ?? 'u')));
      let isWriting = true;
      const stillOpen = async () => {
        if (isWriting) return true;
        return (await db.event.count({ where: { seq: null } })) > 0;
      };

      const seen = new Map<string, Read[]>(USERS.map((user) => [user, []]));
      const reader = async (user: string) => {
        const all = seen.get(user) ?? [];
        for (let more = true; more; ) {
          more = await stillOpen();
          for (let page = 50; page === 50; ) {
            const rows = await readAfter(user, Number(all.at(-1)?.seq ?? 0));
            all.push(...rows);
            page = rows.length;
          }
        }
      };
      const sequencer = async () => {
        while (await stillOpen()) {
          await withSequencer(async (session) => {
            while (await stillOpen()) await session.numberEvents(batch);
          }).catch(() => undefined); // killed
        }
      };
      const killer = async () => {
        while (isWriting) {
          await db.$queryRaw`
            SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE datname = current_database() AND application_name = 'meeboter sequencer'`;
          await db.$queryRaw`SELECT pg_sleep(${killEveryMs / 1_000})::text`;
        }
      };
      const writer = async (transactions: (typeof writers)[number]) => {
        for (const { bot, events, holdMs, commits } of transactions) {
          await db
            .$transaction(async (tx) => {
              await appendEvents(tx, bots[bot] ?? '', Array(events).fill(leaveEvent));
              if (holdMs > 0) await tx.$queryRaw`SELECT pg_sleep(${holdMs / 1_000})::text`;
              if (!commits) throw new Error('rolled back');
            })
            .catch((error: unknown) => {
              if (!String(error).includes('rolled back')) throw error;
            });
        }
      };
      const others = [...USERS.map(reader), ...Array.from({ length: sequencers }, sequencer), killer()];
      await Promise.all(writers.map(writer)).finally(() => {
        isWriting = false;
      });
      await Promise.all(others);

      for (const [user, read] of seen) {
        const written = await db.event.count({ where: { userId: user } });
        expect(read.map(({ seq }) => Number(seq))).toEqual(Array.from({ length: written }, (_, n) => n + 1));
        for (const bot of bots) {
          const ofBot = read.filter(({ bot_id }) => bot_id === bot).map(({ bot_seq }) => bot_seq);
          expect(ofBot).toEqual(ofBot.map((_, n) => n + 1));
        }
      }
    }),
    { numRuns: 8 },
  );
});
