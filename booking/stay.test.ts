// What a booking says about the stay in the call: its end, who is no company, the line for the chat.
import { createLog } from '@meeboter/chassis/log.ts';
import { startDueBots } from '@meeboter/prisma/sql/start-due-bots.ts';
import { beforeEach, describe, expect, it } from 'vitest';
import { emptyPool } from '../e2e/support/empty-pool.ts';
import { handQueue } from '../e2e/support/hand-queue.ts';
import { testSettings } from '../e2e/support/test-settings.ts';
import { bookBot } from './book.ts';
import type { BookingContext } from './context.ts';
import { editBot } from './edit.ts';
import { bookingEditSchema, newBookingSchema } from './input.ts';

const pool = emptyPool();
const log = createLog({ level: 'silent' });
const MINUTE = 60_000;
let context: BookingContext;
beforeEach(() => {
  context = {
    db: pool.db,
    jobs: handQueue(),
    log,
    settings: testSettings({ DATABASE_URL: pool.database.url }),
  };
});

const inMinutes = (minutes: number) => new Date(Date.now() + minutes * MINUTE).toISOString();
const book = async (input: object, key: string | null = null) => {
  const booking = newBookingSchema.parse({ meeting_url: 'https://meet.google.com/abc-defg-hij', ...input });
  return bookBot(context, 'u', booking, key === null ? null : { scope: 'test', key });
};
const edit = async (id: string, input: object) => editBot(context, 'u', id, bookingEditSchema.parse(input));
const ENDS_TOO_EARLY = { kind: 'invalid', field: 'end_at', code: 'end_before_join' };

it('a booking without them has no end, no note takers of its own and nothing to say', async () => {
  const { bot } = await book({});
  expect(bot).toMatchObject({ endAt: null, noteTakers: [], entryMessage: null });
});

it('they are kept as they were given', async () => {
  const { bot } = await book({
    join_at: inMinutes(60),
    end_at: '2199-12-01T12:00:00+02:00',
    note_takers: [' Acme Notetaker ', "O'Hara, Inc."],
    entry_message: '  This call is recorded. ¿De acuerdo? 🎥 ',
  });
  const kept = {
    endAt: new Date('2199-12-01T10:00:00Z'),
    noteTakers: ['Acme Notetaker', "O'Hara, Inc."],
    entryMessage: 'This call is recorded. ¿De acuerdo? 🎥',
  };
  expect(bot).toMatchObject(kept);
  expect(await pool.db.bot.findUniqueOrThrow({ where: { id: bot.id } })).toMatchObject(kept);
});

describe('an end', () => {
  it.each([
    ['before the join time', { join_at: inMinutes(60), end_at: inMinutes(59) }],
    ['before now, for a bot that joins now', { end_at: inMinutes(-1) }],
  ])('%s is refused', async (_what, input) => {
    await expect(book(input)).rejects.toMatchObject(ENDS_TOO_EARLY);
  });

  it('that is the join time is refused', async () => {
    const at = inMinutes(60);
    await expect(book({ join_at: at, end_at: at })).rejects.toMatchObject(ENDS_TOO_EARLY);
  });

  it('cannot be passed by moving the join time, and can be moved along or taken away', async () => {
    const { bot } = await book({ join_at: inMinutes(60), end_at: inMinutes(90) });
    await expect(edit(bot.id, { join_at: inMinutes(100) })).rejects.toMatchObject(ENDS_TOO_EARLY);
    const end_at = inMinutes(120);
    expect(await edit(bot.id, { join_at: inMinutes(100), end_at })).toMatchObject({
      endAt: new Date(end_at),
      revision: 2,
    });
    expect(await edit(bot.id, { priority: 1 })).toMatchObject({ endAt: new Date(end_at) });
    expect(await edit(bot.id, { end_at: null })).toMatchObject({ endAt: null, revision: 4 });
  });
});

it('an edit names what it changed, and null takes the message away', async () => {
  const { bot } = await book({ join_at: inMinutes(60), entry_message: 'Hello', note_takers: ['Scribe'] });
  await edit(bot.id, { entry_message: 'Recorded', note_takers: ['Scribe', 'Clerk'] });
  expect(await edit(bot.id, { entry_message: null })).toMatchObject({
    entryMessage: null,
    noteTakers: ['Scribe', 'Clerk'],
  });
  const events = await pool.db.event.findMany({
    where: { botId: bot.id, type: 'bot.updated' },
    orderBy: { botSeq: 'asc' },
  });
  expect(events.map(({ payload }) => (payload as { fields: string[] }).fields)).toEqual([
    ['note_takers', 'entry_message'],
    ['entry_message'],
  ]);
});

it.each([
  ['a time that is none', { end_at: 'tomorrow' }],
  ['an empty message', { entry_message: ' ' }],
  ['a long message', { entry_message: 'x'.repeat(501) }],
  ['a message of two lines', { entry_message: 'a\nb' }],
  ['a message with a separator of lines', { entry_message: 'a\u2028b' }],
  ['a message that cannot be stored', { entry_message: 'a\ud800' }],
  ['a nameless note taker', { note_takers: [''] }],
  ['a note taker with a long name', { note_takers: ['x'.repeat(101)] }],
  ['too many note takers', { note_takers: Array.from({ length: 51 }, (_, n) => `n${n}`) }],
  ['a timer that is none', { automatic_leave: { silence_timeout: 60 } }],
  ['a timer beyond its limits', { automatic_leave: { only_bots_timeout_seconds: 3_601 } }],
])('%s is refused, in a booking and in an edit', (_what, input) => {
  expect(newBookingSchema.safeParse({ meeting_url: 'm', ...input }).success).toBe(false);
  expect(bookingEditSchema.safeParse(input).success).toBe(false);
});

it.each([
  ['end', { end_at: '2199-12-01T10:00:00Z' }, { end_at: '2199-12-01T10:00:01Z' }],
  ['message', { entry_message: 'a' }, { entry_message: 'b' }],
  ['note takers', { note_takers: ['a'] }, { note_takers: ['a', 'b'] }],
])('an idempotency key does not stand for a booking with another %s', async (what, one, other) => {
  const { bot } = await book(one, what);
  expect(await book(one, what)).toEqual({ bot, replayed: true });
  await expect(book(other, what)).rejects.toMatchObject({ code: 'idempotency_key_reused' });
});

it('a bot in the queue waits until its new end, and until its timeout when it has none any more', async () => {
  const { bot } = await book({ end_at: inMinutes(5), queue_timeout_ms: 10 * MINUTE });
  await startDueBots(pool.db, { batch: 1 });
  const minutesToWait = async () => {
    const [row] = await pool.database.query<{ minutes: number }>(
      `SELECT round(extract(epoch FROM deadline_at - b.join_at) / 60)::int AS minutes
       FROM bot_pool_queue q JOIN bots b ON b.id = q.bot_id`,
    );
    return row?.minutes;
  };
  expect(await minutesToWait()).toBe(5);
  await edit(bot.id, { end_at: inMinutes(8) });
  expect(await minutesToWait()).toBe(8);
  await edit(bot.id, { end_at: inMinutes(80) });
  expect(await minutesToWait()).toBe(10);
  await edit(bot.id, { end_at: inMinutes(3) });
  expect(await minutesToWait()).toBe(3);
  await edit(bot.id, { end_at: null });
  expect(await minutesToWait()).toBe(10);
});

it('a timer that came after the booking is no change of it', async () => {
  const { bot } = await book({ join_at: inMinutes(60) });
  await pool.database.query(
    `UPDATE bots SET leave_rules = '{"max_duration_seconds": 3600, "waiting_room_timeout_seconds": 900}'`,
  );
  expect(await edit(bot.id, { display_name: 'Meeboter' })).toMatchObject({ revision: 1 });
  expect(await edit(bot.id, { automatic_leave: { silence_timeout_seconds: 60 } })).toMatchObject({
    revision: 2,
    leaveRules: { max_duration_seconds: 3600, silence_timeout_seconds: 60, only_bots_timeout_seconds: 600 },
  });
});
