// What a user may send wrong: each has its answer, a 4xx with a reason, and
// nothing is kept of it.

import { ReadableStream } from 'node:stream/web';
import { LONGEST_AHEAD_MS } from '@meeboter/domain/booking.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startWorld, type World } from '../e2e/support/world.ts';
import { encodeCursor } from './cursor.ts';

const MEETING = 'https://meet.google.com/abc-defg-hij';
const ahead = (ms: number) => new Date(Date.now() + ms).toISOString();
const later = () => ahead(3600_000);

interface ProblemBody {
  code: string;
  detail: string;
  errors?: { pointer: string; code: string }[];
}

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

const bookings = async () => {
  const [row] = await world.database.query<{ n: number }>(
    'SELECT (SELECT count(*) FROM bots)::int + (SELECT count(*) FROM events)::int AS n',
  );
  return row?.n;
};
/** Raw JSON: what JSON.stringify would not write. */
const raw = (fields: string) => `{"meeting_url": "${MEETING}", "join_at": "${later()}", ${fields}}`;
const deep = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`;

describe('a booking', () => {
  const bad: [name: string, body: () => string, pointer: string][] = [
    ['a priority below 0', () => raw('"priority": -1'), '/priority'],
    ['a priority above 10', () => raw('"priority": 11'), '/priority'],
    ['half a priority', () => raw('"priority": 2.5'), '/priority'],
    ['a priority that is text', () => raw('"priority": "3"'), '/priority'],
    ['a number without end', () => raw('"priority": 1e400'), '/priority'],
    ['a wait without end', () => raw('"queue_timeout_ms": 1e400'), '/queue_timeout_ms'],
    [
      'a timer without end',
      () => raw('"automatic_leave": {"max_duration_seconds": -1e400}'),
      '/automatic_leave/max_duration_seconds',
    ],
    [
      'a join time just past',
      () => JSON.stringify({ meeting_url: MEETING, join_at: ahead(-60_000) }),
      '/join_at',
    ],
    [
      'a join time in year 0',
      () => JSON.stringify({ meeting_url: MEETING, join_at: '0000-01-01T00:00:00Z' }),
      '/join_at',
    ],
    [
      'a join time over a year ahead',
      () => JSON.stringify({ meeting_url: MEETING, join_at: ahead(LONGEST_AHEAD_MS + 60_000) }),
      '/join_at',
    ],
    [
      'a join time in year 9999',
      () => JSON.stringify({ meeting_url: MEETING, join_at: '9999-12-31T23:59:59Z' }),
      '/join_at',
    ],
    ['NUL in the name', () => raw('"display_name": "a\\u0000b"'), '/display_name'],
    ['half an emoji in the name', () => raw('"display_name": "a\\ud83d"'), '/display_name'],
    ['NUL in the link', () => `{"meeting_url": "${MEETING}?x=\\u0000"}`, '/meeting_url'],
    ['half an emoji in the link', () => `{"meeting_url": "${MEETING}?x=\\udcdd"}`, '/meeting_url'],
    ['NUL in the metadata', () => raw('"metadata": {"a": "b\\u0000"}'), '/metadata/a'],
    ['half an emoji in the metadata', () => raw('"metadata": {"a": "\\ud83d"}'), '/metadata/a'],
    ['NUL in a key of the metadata', () => raw('"metadata": {"a\\u0000": "b"}'), '/metadata/a\0'],
    [
      '__proto__ in the metadata',
      () => raw('"metadata": {"__proto__": "x", "b": "c"}'),
      '/metadata/__proto__',
    ],
    ['__proto__ with fields', () => raw('"metadata": {"__proto__": {"a": "x"}}'), '/metadata/__proto__'],
    ['__proto__ as a field', () => raw('"__proto__": {"priority": 10}'), '/__proto__'],
    ['metadata that nests', () => raw(`"metadata": {"a": ${deep(20_000)}}`), '/metadata/a'],
    ['metadata that is a list', () => raw('"metadata": ["a"]'), '/metadata'],
    ['a nest as a field', () => raw(`"x": ${deep(40_000)}`), '/x'],
    ['a nest instead of a booking', () => deep(40_000), ''],
  ];
  it.each(bad)('with %s is refused', async (_name, body, pointer) => {
    const before = await bookings();
    const answer = await world.call<ProblemBody>('POST', '/v1/bots', body());
    expect([answer.status, answer.body.code]).toEqual([422, 'invalid_request']);
    expect(answer.body.errors?.[0]?.pointer).toBe(pointer);
    expect(await bookings()).toBe(before);
  });

  it('may lie a year ahead, have any priority, and keys that only look dangerous', async () => {
    const joinAt = ahead(LONGEST_AHEAD_MS - 60_000);
    const metadata = { constructor: 'a', toString: 'b', hasOwnProperty: 'c', 'ünï 📝': '\u0001\t' };
    for (const priority of [0, 10]) {
      const bot = await world.book({ meeting_url: MEETING, join_at: joinAt, priority, metadata });
      expect(bot).toMatchObject({ join_at: joinAt, priority });
      expect(Object.entries((await world.bot(bot.id)).metadata).sort()).toEqual(
        Object.entries(metadata).sort(),
      );
    }
  });

  it('with ten thousand unknown fields gets an answer of a readable size', async () => {
    const fields = Array.from({ length: 10_000 }, (_, n) => `"f${n}":1`).join();
    const answer = await world.call<ProblemBody>(
      'POST',
      '/v1/bots',
      raw(fields)
        .slice(0, 99_000)
        .replace(/,[^,]*$/, '}'),
    );
    expect(answer.status).toBe(422);
    expect(answer.body.errors?.length).toBe(50);
  });

  it.each(['with its length', 'in chunks'])(
    'of 10 MB %s is refused, and the next request is answered',
    async (how) => {
      const before = await bookings();
      const chunk = Buffer.alloc(1024 * 1024, 'x');
      for (let n = 0; n < 3; n += 1) {
        const body =
          how === 'in chunks'
            ? ReadableStream.from(Array.from({ length: 10 }, () => chunk))
            : Buffer.concat(Array.from({ length: 10 }, () => chunk));
        const response = await fetch(`${world.apiUrl}/v1/bots`, {
          method: 'POST',
          headers: { authorization: `Bearer ${world.apiKey}`, 'content-type': 'application/json' },
          body: body as unknown as BodyInit,
          ...{ duplex: 'half' },
        });
        expect([response.status, ((await response.json()) as ProblemBody).code]).toEqual([
          413,
          'body_too_large',
        ]);
        expect((await world.call('GET', '/v1/bots?limit=1')).status).toBe(200);
      }
      expect(await bookings()).toBe(before);
    },
  );
});

describe('a place that is none', () => {
  it.each(['%00', 'bot_%00', '%ED%A0%80', '__proto__', 'x'.repeat(5_000), '..%2f..%2fetc'])(
    'is no bot: %s',
    async (id) => {
      for (const suffix of ['', '/events', '/participants', '/recordings', '/screenshots']) {
        expect((await world.call('GET', `/v1/bots/${id}${suffix}`)).status).toBe(404);
      }
      expect((await world.call('DELETE', `/v1/bots/${id}`)).status).toBe(404);
    },
  );

  it.each([
    { created_at: later(), id: 'a\0' },
    { created_at: '0000-01-01T00:00:00Z', id: 'a' },
    { created_at: 'x', id: 'a' },
    ['a'],
  ])('is no cursor: %j', async (place) => {
    const answer = await world.call<ProblemBody>('GET', `/v1/bots?cursor=${encodeCursor(place)}`);
    expect([answer.status, answer.body.errors?.[0]?.pointer]).toEqual([422, '#/query/cursor']);
  });
});

describe('cancelling a bot that has ended', () => {
  it.each(['DONE', 'FATAL', 'CANCELLED'])('is a conflict: %s', async (status) => {
    const bot = await world.book({ meeting_url: MEETING, join_at: later() });
    // Straight into the row: how it got there does not matter here.
    const path = { DONE: ['QUEUED', 'DEPLOYING', 'JOINING_CALL', 'IN_CALL', 'LEAVING'] }[status] ?? [];
    for (const to of [...path, status]) {
      await world.database.query(
        `UPDATE bots SET status = $1::bot_status, ended_at = CASE WHEN $1 = $2 THEN now() END WHERE id = $3`,
        [to, status, bot.id],
      );
    }
    const before = await bookings();
    for (let n = 0; n < 2; n += 1) {
      const answer = await world.call<ProblemBody>('DELETE', `/v1/bots/${bot.id}`);
      expect([answer.status, answer.body.code]).toEqual([409, 'bot_already_ended']);
    }
    expect((await world.bot(bot.id)).status).toBe(status);
    expect(await bookings()).toBe(before);
  });
});
