// The daily quota as a property, over days, time zones and numbers of parallel bookings: an account may book
// up to its limit on one date of its own calendar. The test takes dates from Node's time zone data (Intl),
// the product from PostgreSQL's.
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { type TestDatabase, testDatabase } from '../e2e/support/database.ts';
import { holds } from '../e2e/support/holds.ts';
import { insertUser } from '../e2e/support/rows.ts';
import { type Database, openDatabase } from './client.ts';
import { lockDailyQuota } from './sql/daily-quota.ts';

const HOUR = 3600_000;
const DAY = 24 * HOUR;
/** Among them zones whose clocks go back across midnight, skip midnight, or change by half an hour, and extreme offsets. */
const ZONES = [
  ...['UTC', 'Europe/Berlin', 'America/New_York', 'America/Havana', 'Atlantic/Azores', 'Asia/Beirut'],
  ...['America/Sao_Paulo', 'America/Santiago', 'Africa/Cairo', 'Australia/Lord_Howe', 'Asia/Kathmandu'],
  ...['Pacific/Apia', 'Pacific/Kiritimati', 'Pacific/Pago_Pago', 'America/St_Johns', 'Asia/Tehran'],
];

let database: TestDatabase;
let db: Database;
beforeAll(async () => {
  database = await testDatabase();
  db = openDatabase({ url: database.url, poolSize: 8 });
});
afterAll(async () => {
  await db.$disconnect();
  await database.drop();
});
beforeEach(async () => {
  await database.query('TRUNCATE "user", events CASCADE');
  await insertUser(database);
});

const zones = new Map<string, Intl.DateTimeFormat>();
/** The date in a zone, as YYYY-MM-DD. */
function dateIn(zone: string, at: number): string {
  const format = zones.get(zone) ?? new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short' });
  zones.set(zone, format);
  return format.format(at);
}

/** The first moment with another date: found in steps of half an hour, then by bisection. */
function endOfDay(zone: string, at: number): number {
  const today = dateIn(zone, at);
  let [before, after] = [at, at];
  while (dateIn(zone, after) === today) [before, after] = [after, after + HOUR / 2];
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (dateIn(zone, middle) === today) before = middle;
    else after = middle;
  }
  return after;
}

const known = new Map<string, number[]>();
/** Moments at which a zone's clocks change: found by comparing the offset day by day, then by bisection. */
function changes(zone: string, year: number): number[] {
  const found = known.get(`${zone} ${year}`) ?? findChanges(zone, year);
  known.set(`${zone} ${year}`, found);
  return found;
}

function findChanges(zone: string, year: number): number[] {
  const clock = new Intl.DateTimeFormat('sv-SE', {
    timeZone: zone,
    dateStyle: 'short',
    timeStyle: 'medium',
  });
  const offset = (at: number) => {
    return Date.parse(`${clock.format(at).replace(' ', 'T')}Z`) - at;
  };
  const found: number[] = [];
  for (let at = Date.UTC(year, 0, 1); at < Date.UTC(year + 1, 0, 1); at += DAY) {
    if (offset(at) === offset(at + DAY)) continue;
    let [before, after] = [at, at + DAY];
    while (after - before > 1000) {
      const middle = before + Math.floor((after - before) / 2000) * 1000;
      if (offset(middle) === offset(before)) before = middle;
      else after = middle;
    }
    found.push(after);
  }
  return found;
}

const setAccount = (zone: string, limit: number | null) =>
  database.query('UPDATE subscription SET time_zone = $1, daily_bot_limit = $2', [zone, limit]);

/** A zone, and a moment on any day of these years or close to a change of the zone's clocks. */
const zoneAndMoment = fc.constantFrom(...ZONES).chain((zone) =>
  fc.record({
    zone: fc.constant(zone),
    now: fc.oneof(
      fc.integer({ min: Date.UTC(2012, 0, 1), max: Date.UTC(2023, 11, 31) }),
      fc
        .tuple(
          fc.integer({ min: 2012, max: 2023 }),
          fc.nat({ max: 1 }),
          fc.integer({ min: -26 * HOUR, max: 26 * HOUR }),
        )
        .map(([year, nth, aside]) => (changes(zone, year)[nth] ?? Date.UTC(year, 6, 1)) + aside),
      fc
        .tuple(
          fc.integer({ min: 2012, max: 2023 }),
          fc.nat({ max: 1 }),
          fc.integer({ min: -3, max: 3 }),
          fc.integer({ min: -1, max: 1 }),
        )
        .map(
          ([year, nth, halves, ms]) =>
            (changes(zone, year)[nth] ?? Date.UTC(year, 6, 1)) + (halves * HOUR) / 2 + ms,
        ),
    ),
  }),
);

let count = 0;
async function insertBots(
  createdAt: number[],
  status: 'SCHEDULED' | 'CANCELLED' = 'SCHEDULED',
): Promise<void> {
  for (const at of createdAt) {
    count += 1;
    await database.query(
      `INSERT INTO bots (id, user_id, status, sub_code, display_name, meeting_platform, meeting_url, join_url,
         meeting_key, leave_rules, join_at, start_at, order_key, queue_timeout_ms, created_at, ended_at)
       VALUES ($1, 'u', $2::bot_status, 'x', 'n', 'google-meet', 'm', 'm', 'k', '{}', now(), now(), now(), 1000, $3,
         CASE WHEN $2 = 'CANCELLED' THEN now() END)`,
      [`bot_quota_${count}`, status, new Date(at)],
    );
  }
}

it('counts the bookings of the current date in the account’s zone, cancelled ones too, and resets when that date ends', async () => {
  const cases = fc.record({
    place: zoneAndMoment,
    limit: fc.integer({ min: 0, max: 5 }),
    agoMs: fc.array(
      fc.oneof(fc.integer({ min: -2 * HOUR, max: 50 * HOUR }), fc.integer({ min: 0, max: 90_000 })),
      { maxLength: 8 },
    ),
    cancelledAgoMs: fc.array(fc.integer({ min: 0, max: 30 * HOUR }), { maxLength: 3 }),
  });
  await holds(
    cases,
    async ({ place: { zone, now }, limit, agoMs, cancelledAgoMs }) => {
      await database.query('DELETE FROM bots');
      await setAccount(zone, limit);
      await insertBots(agoMs.map((ms) => now - ms));
      await insertBots(
        cancelledAgoMs.map((ms) => now - ms),
        'CANCELLED',
      );
      const quota = await db.$transaction((tx) => lockDailyQuota(tx, 'u', new Date(now)));
      const today = [...agoMs, ...cancelledAgoMs].filter(
        (ms) => dateIn(zone, now - ms) === dateIn(zone, now),
      );
      expect(quota).toEqual({
        time_zone_known: true,
        daily_bot_limit: limit,
        used_today: today.length,
        resets_at: new Date(endOfDay(zone, now)),
      });
    },
    { numRuns: 300, budgetMs: 4_000 },
  );
});

it('allows no more bookings than the limit on any date, with any number of parallel requests', async () => {
  const cases = fc.record({
    place: zoneAndMoment,
    limit: fc.integer({ min: 0, max: 4 }),
    rushes: fc.array(
      fc.record({
        laterMs: fc.integer({ min: 0, max: 20 * HOUR }),
        bookings: fc.integer({ min: 1, max: 6 }),
      }),
      { minLength: 1, maxLength: 5 },
    ),
  });
  await holds(
    cases,
    async ({ place: { zone, now: start }, limit, rushes }) => {
      await database.query('DELETE FROM bots');
      await setAccount(zone, limit);
      const booked = new Map<string, number>();
      let now = start;
      for (const { laterMs, bookings } of rushes) {
        now += laterMs;
        const date = dateIn(zone, now);
        // As the API does: the quota is checked and the row inserted in one transaction.
        const took = await Promise.all(
          Array.from({ length: bookings }, () =>
            db.$transaction(async (tx) => {
              const quota = await lockDailyQuota(tx, 'u', new Date(now));
              if (quota.daily_bot_limit !== null && quota.used_today >= quota.daily_bot_limit) return 0;
              count += 1;
              const at = new Date(now);
              await tx.$executeRaw`
                INSERT INTO bots (id, user_id, status, sub_code, display_name, meeting_platform, meeting_url,
                  join_url, meeting_key, leave_rules, join_at, start_at, order_key, queue_timeout_ms, created_at)
                VALUES (${`bot_rush_${count}`}, 'u', 'SCHEDULED', 'x', 'n', 'google-meet', 'm', 'm', 'k', '{}',
                  ${at}, ${at}, ${at}, 1000, ${at})`;
              return 1;
            }),
          ),
        );
        const before = booked.get(date) ?? 0;
        const after = before + took.filter(Boolean).length;
        booked.set(date, after);
        expect(after).toBe(Math.min(limit, before + bookings));
      }
    },
    { numRuns: 60, budgetMs: 4_000 },
  );
});

it('counts no bookings when there is no limit', async () => {
  await setAccount('UTC', null);
  const quota = await db.$transaction((tx) => lockDailyQuota(tx, 'u', new Date()));
  expect(quota).toMatchObject({ daily_bot_limit: null, used_today: 0 });
});
