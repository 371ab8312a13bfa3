// The API over real HTTP: what it gives, and what each kind of bad input gets.

import { openDatabase } from '@meeboter/prisma/client.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startWorld, type World } from '../e2e/support/world.ts';
import { ensureAccount, newApiKey } from './account.ts';
import { createAuth } from './auth.ts';

const MEETING = 'https://meet.google.com/abc-defg-hij';
const later = () => new Date(Date.now() + 3600_000).toISOString();

interface ProblemBody {
  code: string;
  status: number;
  detail: string;
  request_id: string;
  errors?: { pointer: string; code: string; detail: string }[];
}

let world: World;
let otherKey: string;
let spareKey: string;
beforeAll(async () => {
  world = await startWorld({ env: { SIGN_UP: 'open' } });
  const db = openDatabase({ url: world.settings.DATABASE_URL });
  const context = { db, auth: createAuth(world.settings, db) };
  const other = { email: 'other@example.org', name: 'Other', password: 'another horse battery' };
  const otherId = await ensureAccount(context, other);
  otherKey = await newApiKey(context, otherId, 'other');
  spareKey = await newApiKey(context, otherId, 'spare');
  await db.$disconnect();
});
afterAll(() => world.close());

const bookings = async () => {
  const [row] = await world.database.query<{ n: number }>(
    'SELECT (SELECT count(*) FROM bots)::int + (SELECT count(*) FROM events)::int AS n',
  );
  return row?.n;
};

describe('an API key', () => {
  it('is noted as used once a minute, and refused at once when it is switched off or has expired', async () => {
    const headers = { authorization: `Bearer ${spareKey}` };
    const ask = async () => (await world.call('GET', '/v1/bots', undefined, headers)).status;
    const lastUse = async () =>
      (
        await world.database.query<{ at: Date }>(`SELECT last_request AS at FROM apikey WHERE name = 'spare'`)
      )[0]?.at;
    const change = (sql: string) => world.database.query(`UPDATE apikey SET ${sql} WHERE name = 'spare'`);
    expect(await ask()).toBe(200);
    const first = await lastUse();
    expect(first).toBeInstanceOf(Date);
    expect(await ask()).toBe(200);
    expect(await lastUse()).toEqual(first);
    await change('enabled = false');
    expect(await ask()).toBe(401);
    await change(`enabled = true, last_request = now() - interval '2 min'`);
    expect(await ask()).toBe(200);
    expect((await lastUse())?.getTime()).toBeGreaterThanOrEqual(first?.getTime() ?? Number.POSITIVE_INFINITY);
    await change(`expires_at = now() - interval '1 s'`);
    expect(await ask()).toBe(401);
  });
});

describe('POST /v1/bots', () => {
  it('books a bot for later, and answers with all there is to know of it', async () => {
    const joinAt = later();
    const { status, body, headers } = await world.call<Record<string, unknown>>('POST', '/v1/bots', {
      meeting_url: 'meet.google.com/ABC-DEFG-HIJ?authuser=1',
      display_name: '  Ada’s notes 📝 ',
      join_at: joinAt.replace('Z', '+00:00'),
      automatic_leave: { everyone_left_timeout_seconds: 5 },
      metadata: { order: '17' },
    });
    expect(status).toBe(201);
    expect(headers.get('location')).toBe(`/v1/bots/${body.id}`);
    expect(headers.get('x-request-id')).toBeTruthy();
    expect(body).toMatchObject({
      status: 'SCHEDULED',
      sub_code: 'booked',
      display_name: 'Ada’s notes 📝',
      meeting_platform: 'google-meet',
      join_at: joinAt,
      automatic_leave: { everyone_left_timeout_seconds: 5, waiting_room_timeout_seconds: 900 },
      metadata: { order: '17' },
      lateness_ms: null,
      queued: false,
      queue_position: null,
    });
  });

  const bad: [name: string, body: Record<string, unknown>, pointer: string, code: string][] = [
    ['no link', {}, '/meeting_url', 'invalid_type'],
    ['a link that is none', { meeting_url: 'lunch' }, '/meeting_url', 'not_a_url'],
    [
      'a link that is no meeting',
      { meeting_url: 'https://example.org/x' },
      '/meeting_url',
      'unknown_meeting_host',
    ],
    ['an address inside', { meeting_url: 'http://169.254.169.254/' }, '/meeting_url', 'unknown_meeting_host'],
    ['a recording', { meeting_url: 'https://zoom.us/rec/share/abc' }, '/meeting_url', 'recording_link'],
    ['an empty passcode', { meeting_url: MEETING, meeting_passcode: ' ' }, '/meeting_passcode', 'too_small'],
    [
      'a passcode with a line break',
      { meeting_url: MEETING, meeting_passcode: '12\n34' },
      '/meeting_passcode',
      'custom',
    ],
    [
      'an unknown platform',
      { meeting_url: MEETING, meeting_platform: 'webex' },
      '/meeting_platform',
      'invalid_value',
    ],
    [
      'another platform than the link',
      { meeting_url: MEETING, meeting_platform: 'zoom' },
      '/meeting_platform',
      'platform_mismatch',
    ],
    [
      'a time in the past',
      { meeting_url: MEETING, join_at: '2020-01-01T00:00:00Z' },
      '/join_at',
      'time_in_the_past',
    ],
    [
      'a time years ahead',
      { meeting_url: MEETING, join_at: '2099-01-01T00:00:00Z' },
      '/join_at',
      'time_too_far_ahead',
    ],
    ['a time that is none', { meeting_url: MEETING, join_at: 'tomorrow' }, '/join_at', 'invalid_format'],
    [
      'an over-long name',
      { meeting_url: MEETING, display_name: 'x'.repeat(101) },
      '/display_name',
      'too_big',
    ],
    ['an empty name', { meeting_url: MEETING, display_name: '   ' }, '/display_name', 'too_small'],
    [
      'a name with control characters',
      { meeting_url: MEETING, display_name: 'a\u0007b' },
      '/display_name',
      'custom',
    ],
    ['a priority out of range', { meeting_url: MEETING, priority: 11 }, '/priority', 'too_big'],
    [
      'a timer that makes no sense',
      { meeting_url: MEETING, automatic_leave: { max_duration_seconds: -1 } },
      '/automatic_leave/max_duration_seconds',
      'too_small',
    ],
    ['a field that does not exist', { meeting_url: MEETING, joinAt: later() }, '/joinAt', 'unknown_field'],
    ['a field with a slash', { meeting_url: MEETING, 'a/b': 1 }, '/a~1b', 'unknown_field'],
    ['a list', [] as never, '', 'invalid_type'],
  ];
  it.each(bad)('refuses %s with a pointer to it, and keeps nothing', async (_name, body, pointer, code) => {
    const before = await bookings();
    const answer = await world.call<ProblemBody>('POST', '/v1/bots', body);
    expect(answer.status).toBe(422);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(answer.body.errors?.[0]).toMatchObject({ pointer, code });
    expect(answer.body.errors?.[0]?.detail).toBeTruthy();
    expect(answer.body.request_id).toBe(answer.headers.get('x-request-id'));
    expect(await bookings()).toBe(before);
  });

  it('refuses a body that is not JSON, of another type, or too large', async () => {
    const broken = await world.call<ProblemBody>('POST', '/v1/bots', '{"meeting_url": ');
    expect([broken.status, broken.body.code]).toEqual([400, 'malformed_json']);
    const form = await world.call<ProblemBody>('POST', '/v1/bots', 'a=b', {
      'content-type': 'application/x-www-form-urlencoded',
    });
    expect([form.status, form.body.code]).toEqual([415, 'not_json']);
    const large = await world.call<ProblemBody>('POST', '/v1/bots', {
      meeting_url: MEETING,
      display_name: 'x'.repeat(200_000),
    });
    expect([large.status, large.body.code]).toEqual([413, 'body_too_large']);
  });

  it('carries a request out once, however often it is sent with its key', async () => {
    const key = { 'idempotency-key': '"order-17"' };
    const body = { meeting_url: MEETING, join_at: later() };
    const answers = await Promise.all(
      [1, 2, 3].map(() => world.call<{ id: string }>('POST', '/v1/bots', body, key)),
    );
    expect(new Set(answers.map((answer) => answer.body.id)).size).toBe(1);
    expect(answers.filter((answer) => answer.headers.get('idempotency-replayed') === 'true')).toHaveLength(2);
    const other = await world.call<ProblemBody>('POST', '/v1/bots', { ...body, priority: 3 }, key);
    expect([other.status, other.body.code]).toEqual([422, 'idempotency_key_reused']);
  });

  it('keeps to the daily limit of the account, also under a rush', async () => {
    // The day is a day in the account's time zone: put noon here, so that no midnight comes in between.
    const west = new Date().getUTCHours() - 12;
    await world.database.query('UPDATE subscription SET time_zone = $1', [
      `Etc/GMT${west < 0 ? west : `+${west}`}`,
    ]);
    await world.database.query(`UPDATE subscription SET daily_bot_limit = (SELECT count(*) + 2 FROM bots)
      WHERE user_id = (SELECT id FROM "user" WHERE email = 'tester@example.org')`);
    const body = { meeting_url: MEETING, join_at: later() };
    const answers = await Promise.all(
      Array.from({ length: 6 }, () => world.call<ProblemBody>('POST', '/v1/bots', body)),
    );
    expect(answers.map((answer) => answer.status).sort()).toEqual([201, 201, 403, 403, 403, 403]);
    expect(answers.find((answer) => answer.status === 403)?.body.code).toBe('daily_limit_reached');
    await world.database.query('UPDATE subscription SET daily_bot_limit = NULL');
  });
});

describe('who may', () => {
  it.each([
    ['no key', {}],
    ['a wrong key', { authorization: 'Bearer mbk_nonsense' }],
    ['another scheme', { authorization: 'Basic abc' }],
    ['an empty key', { authorization: 'Bearer ' }],
  ])('turns %s away', async (_name, headers) => {
    const response = await fetch(`${world.apiUrl}/v1/bots`, { headers: headers as Record<string, string> });
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toMatch(/^Bearer/);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
  });

  it('takes the key in X-API-Key too', async () => {
    const response = await fetch(`${world.apiUrl}/v1/bots`, { headers: { 'x-api-key': world.apiKey } });
    expect(response.status).toBe(200);
  });

  it('hides the bots of other accounts', async () => {
    const bot = await world.book({ meeting_url: MEETING, join_at: later() });
    const headers = { authorization: `Bearer ${otherKey}` };
    for (const suffix of ['', '/events', '/participants', '/recordings', '/screenshots']) {
      const answer = await world.call('GET', `/v1/bots/${bot.id}${suffix}`, undefined, headers);
      expect(answer.status).toBe(404);
    }
    expect((await world.call('DELETE', `/v1/bots/${bot.id}`, undefined, headers)).status).toBe(404);
    expect((await world.call<{ data: unknown[] }>('GET', '/v1/bots', undefined, headers)).body.data).toEqual(
      [],
    );
    expect((await world.bot(bot.id)).status).toBe('SCHEDULED');
  });

  it('stores keys as hashes', async () => {
    const rows = await world.database.query<{ key: string }>('SELECT key FROM apikey');
    expect(rows.length).toBeGreaterThan(0);
    for (const row of rows) expect([world.apiKey, otherKey]).not.toContain(row.key);
  });

  it('signs people up and in, and lets a session make a key', async () => {
    const post = (path: string, body: unknown, cookie?: string) =>
      fetch(`${world.apiUrl}/api/auth${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', origin: world.apiUrl, ...(cookie ? { cookie } : {}) },
        body: JSON.stringify(body),
      });
    const account = { email: 'new@example.org', password: 'a long enough password', name: 'New' };
    expect((await post('/sign-up/email', account)).status).toBe(200);
    expect((await post('/sign-in/email', { ...account, password: 'wrong wrong wrong' })).status).toBe(401);
    const signedIn = await post('/sign-in/email', account);
    const cookie = signedIn.headers
      .getSetCookie()
      .map((line) => line.split(';')[0])
      .join('; ');
    const made = (await (await post('/api-key/create', { name: 'mine' }, cookie)).json()) as { key: string };
    expect(made.key).toMatch(/^mbk_/);
    for (const headers of [{ cookie }, { authorization: `Bearer ${made.key}` }]) {
      expect(
        (await fetch(`${world.apiUrl}/v1/bots`, { headers: headers as Record<string, string> })).status,
      ).toBe(200);
    }
  });
});

describe('lists', () => {
  it('page through bots, newest first, and through events', async () => {
    const headers = { authorization: `Bearer ${otherKey}` };
    const made: string[] = [];
    for (let index = 0; index < 5; index += 1) {
      const answer = await world.call<{ id: string }>(
        'POST',
        '/v1/bots',
        { meeting_url: MEETING, join_at: later() },
        headers,
      );
      made.unshift(answer.body.id);
    }
    const seen: string[] = [];
    let path: string | null = '/v1/bots?limit=2';
    while (path !== null) {
      const page: {
        body: { data: { id: string }[]; has_more: boolean; next_cursor: string | null };
        headers: Headers;
      } = await world.call('GET', path, undefined, headers);
      seen.push(...page.body.data.map((bot) => bot.id));
      expect(page.body.has_more).toBe(page.body.next_cursor !== null);
      path = page.headers.get('link')?.match(/<([^>]+)>/)?.[1] ?? null;
    }
    expect(seen).toEqual(made);
    for (const query of ['limit=0', 'limit=1000', 'limit=x', 'cursor=nonsense']) {
      const answer = await world.call<ProblemBody>('GET', `/v1/bots?${query}`, undefined, headers);
      expect(answer.status).toBe(422);
      expect(answer.body.errors?.[0]?.pointer).toMatch(/^#\/query\/(limit|cursor)$/);
    }
  });
});

describe('around the API', () => {
  it('says that it lives and is ready', async () => {
    expect((await fetch(`${world.apiUrl}/livez`)).status).toBe(200);
    const ready = await fetch(`${world.apiUrl}/readyz`);
    expect([ready.status, await ready.json()]).toEqual([
      200,
      { ready: true, degraded: [], checks: { database: 'ok', queue: 'ok', object_store: 'ok' } },
    ]);
  });

  it('describes itself in OpenAPI 3.1, with a page that needs nothing from outside', async () => {
    const document = (await (await fetch(`${world.apiUrl}/openapi.json`)).json()) as {
      openapi: string;
      paths: Record<string, object>;
    };
    expect(document.openapi).toBe('3.1.0');
    expect(Object.keys(document.paths)).toEqual(
      expect.arrayContaining([
        '/v1/bots',
        '/v1/bots/{id}',
        '/v1/bots/{id}/events',
        '/v1/bots/{id}/recordings',
      ]),
    );
    const page = await (await fetch(`${world.apiUrl}/docs`)).text();
    expect(page).not.toMatch(/https?:\/\//);
    for (const file of ['/docs/reference.js', '/docs/reference.css', '/docs/start.js']) {
      expect((await fetch(world.apiUrl + file)).status).toBe(200);
    }
  });

  it('answers unknown paths with a problem', async () => {
    const answer = await world.call<ProblemBody>('GET', '/v1/nothing');
    expect([answer.status, answer.body.code]).toEqual([404, 'not_found']);
  });
});

describe('the runtime’s calls', () => {
  const post = async (path: string, token: string | null, body: unknown) => {
    const response = await fetch(`${world.apiUrl}/runtime/v1/${path}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify(body),
    });
    return { status: response.status, body: (await response.json()) as ProblemBody };
  };

  it('are closed to an API key, to no token and to a made-up one', async () => {
    for (const path of ['claim', 'report', 'uploads']) {
      for (const token of [null, world.apiKey, 'mbc.dep_1.x', 'mbs.dep_1.cnVu.x']) {
        expect((await post(path, token, {})).status).toBe(401);
      }
    }
  });
});
