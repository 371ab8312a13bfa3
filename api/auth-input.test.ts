// What a stranger may send to /api/auth: every wrong request gets a 4xx in the
// API's one shape of an error, and what fails on our side gets a 5xx in that
// shape and a line in the log.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../e2e/support/eventually.ts';
import { startWorld, type World } from '../e2e/support/world.ts';

interface ProblemBody {
  code: string;
  detail: string;
  request_id: string;
}

let world: World;
let cookie = '';
let visitors = 0;
beforeAll(async () => {
  world = await startWorld({ env: { SIGN_UP: 'open', TRUSTED_PROXIES: '127.0.0.1' } });
  const { headers } = await ask('POST', '/sign-up/email', {
    body: JSON.stringify({ email: 'mallory@example.org', password: 'a long enough password', name: 'M' }),
  });
  cookie = headers
    .getSetCookie()
    .map((line) => line.split(';')[0])
    .join('; ');
});
afterAll(() => world.close());

async function ask(
  method: string,
  path: string,
  {
    body,
    headers = {},
    signedIn = false,
  }: { body?: string; headers?: Record<string, string>; signedIn?: boolean } = {},
) {
  visitors += 1;
  const response = await fetch(`${world.apiUrl}/api/auth${path}`, {
    method,
    headers: {
      origin: world.apiUrl,
      // Tries are counted by address: each request here comes from another.
      'x-forwarded-for': `198.18.${visitors >> 8}.${visitors & 255}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(signedIn ? { cookie } : {}),
      ...headers,
    },
    ...(body === undefined ? {} : { body }),
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body: (text ? JSON.parse(text) : {}) as ProblemBody,
  };
}

const NUL = 'a\\u0000b';
const HALF = 'a\\ud83d';
const LONG = 'x'.repeat(5_000);
const signIn = (email: string, password = 'wrong wrong wrong') =>
  `{"email":"${email}","password":"${password}"}`;
const signUp = (name: string) =>
  `{"email":"new@example.org","password":"a long enough password","name":"${name}"}`;

describe('is refused with a 4xx in the one shape of an error', () => {
  const posts: [what: string, path: string, body: string, status: number, code: string][] = [
    ...[NUL, HALF, LONG].flatMap((text): [string, string, string, number, string][] => [
      [
        `an e-mail ${text.slice(0, 9)}`,
        '/sign-in/email',
        signIn(`${text}@example.org`),
        422,
        'invalid_request',
      ],
      [
        `a password ${text.slice(0, 9)}`,
        '/sign-in/email',
        signIn('a@example.org', text),
        422,
        'invalid_request',
      ],
      [`a name ${text.slice(0, 9)}`, '/sign-up/email', signUp(text), 422, 'invalid_request'],
      [`a new name ${text.slice(0, 9)}`, '/update-user', `{"name":"${text}"}`, 422, 'invalid_request'],
      [`a key's name ${text.slice(0, 9)}`, '/api-key/create', `{"name":"${text}"}`, 422, 'invalid_request'],
      [`a key's id ${text.slice(0, 9)}`, '/api-key/delete', `{"keyId":"${text}"}`, 422, 'invalid_request'],
      [
        `metadata ${text.slice(0, 9)}`,
        '/api-key/create',
        `{"name":"a","metadata":{"${text}":"b"}}`,
        422,
        'invalid_request',
      ],
      [`a token ${text.slice(0, 9)}`, '/revoke-session', `{"token":"${text}"}`, 422, 'invalid_request'],
    ]),
    ['no JSON', '/sign-in/email', '{"email":', 400, 'malformed_json'],
    ['a list', '/sign-in/email', '[]', 400, 'validation_error'],
    [
      'a deep body',
      '/sign-in/email',
      `{"email":${'['.repeat(40_000)}${']'.repeat(40_000)}}`,
      422,
      'invalid_request',
    ],
    ['nothing', '/sign-in/email', '{}', 400, 'validation_error'],
    [
      'keys that stand twice',
      '/sign-in/email',
      '{"email":"a@example.org","email":"b@example.org","password":"wrong wrong"}',
      401,
      'invalid_email_or_password',
    ],
    [
      'names that every object has',
      '/sign-in/email',
      '{"__proto__":{"email":"a"},"constructor":1,"email":"a@example.org","password":"wrong wrong"}',
      401,
      'invalid_email_or_password',
    ],
    ['a body above the limit', '/sign-in/email', signIn('x'.repeat(200_000)), 413, 'body_too_large'],
    ['a path that is none', '/no/such/path', '{}', 404, 'not_found'],
  ];
  it.each(posts)('%s to %s', async (_what, path, body, status, code) => {
    const answer = await ask('POST', path, { body, signedIn: !path.startsWith('/sign-') });
    expect([answer.status, answer.body.code]).toEqual([status, code]);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(answer.body.detail).toMatch(/\S/);
    expect(answer.body.request_id).toBe(answer.headers.get('x-request-id'));
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data', ''])(
    'a body of type "%s"',
    async (type) => {
      const answer = await ask('POST', '/sign-in/email', {
        body: signIn('a@example.org'),
        headers: { 'content-type': type },
      });
      expect([answer.status, answer.body.code]).toEqual([415, 'not_json']);
    },
  );

  it.each([
    '/api-key/get?id=%00',
    '/api-key/get?%00=a',
    '/api-key/get?id=LONG',
    '/reset-password/%00',
    '/reset-password/%ED%A0%80',
    '/%E0%A4%A',
  ])('GET %.20s', async (path) => {
    const answer = await ask('GET', path.replace('LONG', LONG), { signedIn: true });
    expect([404, 422]).toContain(answer.status);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
  });

  it.each(['%', '%00.%00', '%E0%A4%A', 'that is long', '\u00ff'])(
    'a session cookie %.20s is no session',
    async (value) => {
      const headers = { cookie: `better-auth.session_token=${value}` };
      const answer = await fetch(`${world.apiUrl}/v1/bots`, { headers });
      expect([answer.status, ((await answer.json()) as ProblemBody).code]).toEqual([401, 'not_signed_in']);
      expect((await ask('GET', '/get-session', { headers })).status).toBe(200);
    },
  );
});

it('signing out needs no body', async () => {
  expect((await ask('POST', '/sign-out')).status).toBe(200);
});

it('what fails on our side is a 500 in the same shape, and in the log', async () => {
  await world.database.query('ALTER TABLE "account" RENAME TO "gone"');
  const answer = await ask('POST', '/sign-in/email', { body: signIn('mallory@example.org') });
  await world.database.query('ALTER TABLE "gone" RENAME TO "account"');
  expect([answer.status, answer.body.code]).toEqual([500, 'internal_error']);
  expect(answer.headers.get('content-type')).toBe('application/problem+json');
  expect(answer.body.detail).not.toContain('account');
  await eventually('the failure is in the log', () =>
    readFileSync(join(world.dir, 'servers.log'), 'utf8')
      .split('\n')
      .some((line) => /"level":"error"/.test(line) && line.includes(answer.body.request_id)),
  );
});

describe('a sign-in from another address than API_PUBLIC_URL', () => {
  it.each(['http://192.168.1.5:3000', 'https://bots.example.org'])(
    'from %s is told which setting it takes',
    async (origin) => {
      const answer = await ask('POST', '/sign-in/email', {
        body: signIn('a@example.org'),
        headers: { origin },
      });
      expect([answer.status, answer.body.code]).toEqual([403, 'invalid_origin']);
      expect(answer.body.detail).toContain(`API_PUBLIC_URL=${origin}`);
      expect(answer.body.detail).toContain(world.apiUrl);
    },
  );

  it('works under the other names of this machine', async () => {
    const origin = world.apiUrl.replace('127.0.0.1', 'localhost');
    const answer = await ask('POST', '/sign-in/email', {
      body: signIn('mallory@example.org', 'a long enough password'),
      headers: { origin },
    });
    expect(answer.status).toBe(200);
  });
});
