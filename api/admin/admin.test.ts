// What is for admins only, over real HTTP and on both queues: who may, who may
// not, and that an account cannot make itself an admin.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { deployerQueues } from '@meeboter/deployer/inbox.ts';
import { SCHEDULER_QUEUES } from '@meeboter/scheduler/inbox.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ADMIN, startWorld, type World } from '../../e2e/support/world.ts';

const FOR_ADMINS = ['/queues', '/queues/api/queues', '/metrics', '/v1/admin/invariants'];

interface Board {
  queues: { name: string; readOnlyMode: boolean }[];
}

describe.each(['postgres', 'redis'] as const)('on %s', (queue) => {
  let world: World;
  let adminKey: string;
  beforeAll(async () => {
    world = await startWorld({ queue, env: { SIGN_UP: 'open', TRUSTED_PROXIES: '127.0.0.1' } });
    adminKey = await world.adminKey();
  });
  afterAll(() => world.close());

  const get = (path: string, headers: Record<string, string>, method = 'GET') =>
    fetch(world.apiUrl + path, { method, headers, redirect: 'manual' });
  const withKey = (key: string) => ({ authorization: `Bearer ${key}` });

  it.each(FOR_ADMINS)('%s is closed to strangers and to other accounts', async (path) => {
    for (const [headers, status, code] of [
      [{}, 401, 'not_signed_in'],
      [withKey('mbk_nonsense'), 401, 'invalid_api_key'],
      [withKey(world.apiKey), 403, 'admin_only'],
    ] as const) {
      const answer = await get(path, headers);
      expect([answer.status, answer.headers.get('content-type')]).toEqual([
        status,
        'application/problem+json',
      ]);
      expect(await answer.json()).toMatchObject({ code, status });
    }
  });

  it('an admin sees every queue, and changes none', async () => {
    const page = await get('/queues', withKey(adminKey));
    expect(page.status).toBe(200);
    expect(page.headers.get('content-security-policy')).toMatch(/default-src 'self'/);
    const html = await page.text();
    expect(html).not.toMatch(/(href|src)="https?:/);
    for (const [, file] of html.matchAll(/(?:src|href)="(static\/[^"]+)"/g)) {
      expect((await get(`/queues/${file}`, withKey(adminKey))).status).toBe(200);
    }
    const { queues } = (await (await get('/queues/api/queues', withKey(adminKey))).json()) as Board;
    expect(queues.map((it) => it.name)).toEqual(
      expect.arrayContaining([...SCHEDULER_QUEUES, ...deployerQueues(['local']), 'parked']),
    );
    expect(queues.every((it) => it.readOnlyMode)).toBe(true);
    for (const path of ['/queues/api/queues/sweep/pause', '/queues/api/queues/sweep/empty']) {
      expect((await get(path, withKey(adminKey), 'PUT')).status).toBe(405);
    }
  });

  it('the errors of the board have the shape of all others', async () => {
    for (const path of ['/queues/api/queues/none/1', '/queues/api/queues/sweep/%00', '/queues/api/none']) {
      const answer = await get(path, withKey(adminKey));
      expect([answer.status, answer.headers.get('content-type')]).toEqual([404, 'application/problem+json']);
      expect(await answer.json()).toMatchObject({ code: 'not_found', status: 404 });
    }
  });

  it('the metrics tell of the pool', async () => {
    const read = async () => (await get('/metrics', withKey(adminKey))).text();
    const text = await read();
    expect(text).toMatch(/^meeboter_bots_waiting 0$/m);
    expect(text).toMatch(/^meeboter_bots_oldest_wait_seconds 0$/m);
    expect(text).toMatch(/^meeboter_pool_limit\{deployment_platform="local"\} 4$/m);
    expect(text).toMatch(/^meeboter_process_cpu_seconds_total /m);
  });

  it('the invariants are checked on the spot', async () => {
    const check = async () => (await get('/v1/admin/invariants', withKey(adminKey))).json();
    expect(await check()).toMatchObject({ ok: true, violations: [], checked_at: expect.any(String) });
    await world.database.query(`INSERT INTO events (user_id, seq, bot_id, bot_seq, type, attempt)
      SELECT id, 5, 'bot_of_nobody', 1, 'bot.updated', 0 FROM "user" WHERE email = '${ADMIN.email}'`);
    expect(await check()).toMatchObject({ ok: false, violations: [{ invariant: 'I7' }] });
    await world.database.query('DELETE FROM events');
    const document = await (await get('/openapi.json', {})).json();
    expect(document).toMatchObject({ paths: { '/v1/admin/invariants': { get: { tags: ['Admin'] } } } });
  });

  it('a browser is sent to sign in, and comes back', async () => {
    const html = { accept: 'text/html,application/xhtml+xml' };
    const away = await get('/queues/queue/deploy?status=failed', html);
    expect([away.status, away.headers.get('location')]).toEqual([
      303,
      '/sign-in?next=%2Fqueues%2Fqueue%2Fdeploy%3Fstatus%3Dfailed',
    ]);
    const refused = await get('/queues', { ...html, ...withKey(world.apiKey) });
    expect([refused.status, refused.headers.get('content-type')]).toEqual([403, 'text/html; charset=UTF-8']);
    expect(await refused.text()).toContain('For admins only');
    const page = await (await get('/sign-in?next=%22%3E%3Cscript%3E', html)).text();
    expect(page).toContain('data-next="/"');
    expect(await (await get('/sign-in?next=/queues?a=%22%3Cb', html)).text()).toContain(
      'data-next="/queues?a=%22%3Cb"',
    );
  });

  const auth = (path: string, body: unknown, cookie = '') =>
    fetch(`${world.apiUrl}/api/auth${path}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        origin: world.apiUrl,
        cookie,
        // Tries to sign in are counted by address, over all worlds of this process.
        'x-forwarded-for': queue === 'redis' ? '192.0.2.1' : '192.0.2.2',
      },
      body: JSON.stringify(body),
    });
  /** Signs in; the session's cookie. */
  const signIn = async ({ email, password }: { email: string; password: string }) => {
    const answer = await auth('/sign-in/email', { email, password });
    expect(answer.status).toBe(200);
    const cookies = answer.headers.getSetCookie();
    return cookies.map((line) => line.split(';')[0]).join('; ');
  };

  it('an account cannot make itself an admin', async () => {
    const account = { email: 'sly@example.org', password: 'a long enough password', name: 'Sly' };
    // Whether `role` is refused or ignored: afterwards there is the account.
    await auth('/sign-up/email', { ...account, role: 'admin' });
    await auth('/sign-up/email', account);
    const cookie = await signIn(account);
    await auth('/update-user', { role: 'admin' }, cookie);
    const rows = await world.database.query<{ role: string }>(
      `SELECT role FROM "user" WHERE email = 'sly@example.org'`,
    );
    expect(rows).toEqual([{ role: 'user' }]);
    expect((await get('/v1/admin/invariants', { cookie })).status).toBe(403);
  });

  it('the operator makes admins, of known accounts too', async () => {
    const { DATABASE_URL, MEEBOTER_SECRET, S3_ACCESS_KEY_ID, S3_SECRET_ACCESS_KEY } = world.settings;
    const run = promisify(execFile);
    const script = fileURLToPath(new URL('../../scripts/create-account.ts', import.meta.url));
    const create = (...args: string[]) =>
      run(process.execPath, [script, '--email', 'made@example.org', ...args], {
        env: { DATABASE_URL, MEEBOTER_SECRET, S3_ACCESS_KEY_ID, S3_SECRET_ACCESS_KEY },
      });
    const keyIn = ({ stdout }: { stdout: string }) => stdout.match(/API key\s+(\w+)/)?.[1] ?? '';
    const plain = await create();
    expect((await get('/metrics', withKey(keyIn(plain)))).status).toBe(403);
    const promoted = await create('--admin');
    expect(promoted.stdout).not.toContain('Password');
    for (const made of [plain, promoted]) {
      expect((await get('/metrics', withKey(keyIn(made)))).status).toBe(200);
    }
    expect((await get('/metrics', withKey(keyIn(await create())))).status).toBe(200);
    // Four programs, one after the other.
  }, 120_000);

  it('an admin may come with a session too', async () => {
    const cookie = await signIn(ADMIN);
    for (const path of FOR_ADMINS) expect((await get(path, { cookie })).status).toBe(200);
  });
});
