// Booking by its own functions, without HTTP: whose clock counts, what one
// idempotency key stands for, and what an account may hold that makes no sense.

import { assumedLeadMs } from '@meeboter/chassis/lead.ts';
import { createLog } from '@meeboter/chassis/log.ts';
import { LONGEST_AHEAD_MS } from '@meeboter/domain/booking.ts';
import { openDatabase } from '@meeboter/prisma/client.ts';
import { dispatchJob, startJob } from '@meeboter/scheduler/inbox.ts';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { testDatabase } from '../e2e/support/database.ts';
import { handQueue } from '../e2e/support/hand-queue.ts';
import { insertUser } from '../e2e/support/rows.ts';
import { testSettings } from '../e2e/support/test-settings.ts';
import { bookBot } from './book.ts';
import { cancelBot } from './cancel.ts';
import { editBot } from './edit.ts';
import { fingerprintOf } from './fingerprint.ts';
import { newBookingSchema } from './input.ts';

const MEETING = 'https://meet.google.com/abc-defg-hij';
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const LEAD = assumedLeadMs('local');

let opened: Awaited<ReturnType<typeof open>>;
async function open() {
  const database = await testDatabase();
  await insertUser(database);
  const lines: { level: string; msg: string }[] = [];
  const log = createLog({ level: 'debug', destination: { write: (line) => lines.push(JSON.parse(line)) } });
  const jobs = handQueue();
  const db = openDatabase({ url: database.url });
  return { database, lines, jobs, context: { db, jobs, log, settings: testSettings() } };
}
beforeAll(async () => {
  opened = await open();
});
afterAll(async () => {
  await opened.context.db.$disconnect();
  await opened.database.drop();
});
beforeEach(() => {
  opened.jobs.hints.length = 0;
  opened.lines.length = 0;
});
afterEach(() => {
  vi.useRealTimers();
});

const book = (input: object, key: string | null = null, context = opened.context) =>
  bookBot(context, 'u', newBookingSchema.parse(input), key === null ? null : { scope: 'test', key });
const databaseNow = async () =>
  (await opened.database.query<{ now: Date }>('SELECT now()'))[0]?.now.getTime() ?? Number.NaN;

describe.each([
  ['slow', -HOUR],
  ['fast', HOUR],
])('with a clock that is an hour %s, the time of the database counts', (_how, offMs) => {
  const skew = () => vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + offMs });

  it('for a booking without a join time', async () => {
    const before = await databaseNow();
    skew();
    const { bot } = await book({ meeting_url: MEETING });
    expect(bot.joinAt.getTime()).toBeGreaterThanOrEqual(Math.floor(before));
    expect(bot.joinAt.getTime()).toBeLessThanOrEqual(await databaseNow());
    expect(bot).toMatchObject({ createdAt: bot.joinAt, orderKey: bot.joinAt });
    expect(opened.jobs.hints).toEqual([{ queue: dispatchJob.queue, payload: {} }]);
  });

  it('for what is past, too far ahead, near or due', async () => {
    const now = await databaseNow();
    skew();
    const at = (aheadMs: number) => ({
      meeting_url: MEETING,
      join_at: new Date(now + aheadMs).toISOString(),
    });
    await expect(book(at(-MINUTE))).rejects.toMatchObject({ kind: 'invalid', code: 'time_in_the_past' });
    await expect(book(at(LONGEST_AHEAD_MS + MINUTE))).rejects.toMatchObject({ code: 'time_too_far_ahead' });
    await book(at(LONGEST_AHEAD_MS - MINUTE));
    expect(opened.jobs.hints).toEqual([]);
    const { bot } = await book(at(5 * MINUTE));
    const [hint] = opened.jobs.hints.splice(0);
    expect(hint?.queue).toBe(startJob.queue);
    expect(Math.abs((hint?.delayMs ?? 0) - (5 * MINUTE - LEAD))).toBeLessThan(5_000);
    await editBot(opened.context, 'u', bot.id, { join_at: new Date(now + 1_000) });
    expect(opened.jobs.hints).toEqual([{ queue: dispatchJob.queue, payload: {} }]);
    await expect(
      editBot(opened.context, 'u', bot.id, { join_at: new Date(now - MINUTE) }),
    ).rejects.toMatchObject({ kind: 'invalid', field: 'join_at', code: 'time_in_the_past' });
  });
});

describe('one idempotency key', () => {
  const joinAt = new Date(Date.now() + HOUR).toISOString();
  const request = { meeting_url: MEETING, join_at: joinAt, metadata: { a: '1', b: '2' } };
  const same: [what: string, again: object][] = [
    ['its fields in another order', { metadata: { b: '2', a: '1' }, join_at: joinAt, meeting_url: MEETING }],
    ['another way to write UTC', { ...request, join_at: joinAt.replace('Z', '+00:00') }],
    [
      'another zone',
      { ...request, join_at: `${new Date(Date.parse(joinAt) + 2 * HOUR).toISOString().slice(0, -1)}+02:00` },
    ],
    ['another way to write the link', { ...request, meeting_url: 'meet.google.com/ABC-DEFG-HIJ?authuser=1' }],
    ['the platform that the link says', { ...request, meeting_platform: 'google-meet' }],
    [
      'our defaults spelled out',
      {
        ...request,
        display_name: ' Meeboter ',
        priority: 0,
        queue_timeout_ms: 600_000,
        recording: {},
        automatic_leave: { max_duration_seconds: 14_400 },
      },
    ],
  ];
  it.each(same)('stands for one booking, with %s', async (what, again) => {
    const { bot } = await book(request, `same ${what}`);
    expect(await book(again, `same ${what}`)).toEqual({ bot, replayed: true });
  });

  const other: [what: string, again: object][] = [
    ['priority', { ...request, priority: 1 }],
    ['join time', { ...request, join_at: new Date(Date.parse(joinAt) + 1).toISOString() }],
    ['join time, now', { meeting_url: MEETING, metadata: request.metadata }],
    ['meeting', { ...request, meeting_url: 'https://meet.google.com/abc-defg-hik' }],
    ['metadata', { ...request, metadata: { a: '2', b: '1' } }],
    ['recording', { ...request, recording: { enabled: false } }],
  ];
  it.each(other)('does not stand for a booking with another %s', async (what, again) => {
    await book(request, `other ${what}`);
    await expect(book(again, `other ${what}`)).rejects.toMatchObject({
      kind: 'invalid',
      code: 'idempotency_key_reused',
    });
  });

  it('stands for its booking also when our defaults have changed since', async () => {
    const { bot } = await book(request, 'upgrade');
    const settings = testSettings({ GLOBAL_QUEUE_TIMEOUT_MS: '1234' });
    expect(await book(request, 'upgrade', { ...opened.context, settings })).toEqual({ bot, replayed: true });
  });

  it('stands for its booking also when its time and the day’s limit have passed since', async () => {
    const { bot } = await book(request, 'late');
    const past = newBookingSchema.parse({ ...request, join_at: '2026-01-01T00:00:00Z' });
    await opened.database.query(`UPDATE idempotency_keys SET fingerprint = $1 WHERE key = 'late'`, [
      fingerprintOf(past, {}),
    ]);
    await opened.database.query('UPDATE subscription SET daily_bot_limit = 0');
    try {
      expect(await bookBot(opened.context, 'u', past, { scope: 'test', key: 'late' })).toEqual({
        bot,
        replayed: true,
      });
      await expect(book(request, 'later')).rejects.toMatchObject({ code: 'daily_limit_reached' });
    } finally {
      await opened.database.query('UPDATE subscription SET daily_bot_limit = NULL');
    }
    // A refused booking takes no key.
    expect((await book(request, 'later')).replayed).toBe(false);
  });

  it('books one bot, however many ask at once, with a limit and without', async () => {
    for (const limit of [null, 1000]) {
      await opened.database.query('UPDATE subscription SET daily_bot_limit = $1', [limit]);
      const all = await Promise.all(Array.from({ length: 8 }, () => book(request, `rush ${limit}`)));
      expect(new Set(all.map(({ bot }) => bot.id)).size).toBe(1);
      expect(all.filter(({ replayed }) => !replayed)).toHaveLength(1);
    }
    await opened.database.query('UPDATE subscription SET daily_bot_limit = NULL');
  });
});

describe('the time zone of an account', () => {
  const setZone = (zone: string) =>
    opened.database.query(`UPDATE subscription SET time_zone = $1, daily_bot_limit = 1000`, [zone]);

  it.each(['', 'Nowhere', 'Berlin1', 'Europe/Berlin; DROP TABLE bots', '+02:00'])(
    'is not %j',
    async (zone) => {
      await expect(setZone(zone)).rejects.toThrow(/There is no time zone .*use an IANA name/);
    },
  );

  it.each(['europe/berlin', 'UTC', 'Etc/GMT+5'])('may be %j', async (zone) => {
    await setZone(zone);
    expect((await book({ meeting_url: MEETING })).bot.status).toBe('SCHEDULED');
    expect(opened.lines.filter(({ level }) => level === 'warn')).toEqual([]);
  });

  it('may have gone since it was set: UTC is used, and the log says so', async () => {
    await opened.database.query('ALTER TABLE subscription DISABLE TRIGGER subscription_time_zone');
    await setZone('Atlantis/Capital');
    await opened.database.query('ALTER TABLE subscription ENABLE TRIGGER subscription_time_zone');
    await book({ meeting_url: MEETING });
    expect(opened.lines).toContainEqual(
      expect.objectContaining({ level: 'warn', user_id: 'u', msg: expect.stringContaining('time zone') }),
    );
    await opened.database.query('UPDATE subscription SET daily_bot_limit = 1');
    await expect(book({ meeting_url: MEETING })).rejects.toMatchObject({
      kind: 'limit_reached',
      message: expect.stringMatching(/ends at \d{4}-\d\d-\d\dT00:00:00.000Z/),
    });
    await setZone('UTC');
  });
});

it('another account’s bot does not exist', async () => {
  const { bot } = await book({ meeting_url: MEETING, join_at: new Date(Date.now() + HOUR).toISOString() });
  await insertUser(opened.database, 'v');
  const missing = { kind: 'not_found', code: 'not_found' };
  await expect(cancelBot(opened.context, 'v', bot.id)).rejects.toMatchObject(missing);
  await expect(editBot(opened.context, 'v', bot.id, { priority: 1 })).rejects.toMatchObject(missing);
  expect((await cancelBot(opened.context, 'u', bot.id)).done).toBe(true);
  await expect(cancelBot(opened.context, 'u', bot.id)).rejects.toMatchObject({
    kind: 'conflict',
    code: 'bot_already_ended',
  });
});
