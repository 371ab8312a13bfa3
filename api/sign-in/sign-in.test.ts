// Signing in, in a real browser, and what one gets to see then.
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import type { Browser } from 'playwright';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchBrowser } from '../../bot/page/testing/browser.ts';
import { ADMIN, startWorld, type World } from '../../e2e/support/world.ts';
import { freePort } from '../../infra/embedded/free-port.ts';

const USER = { email: 'tester@example.org', password: 'correct horse battery' };

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser.close());

describe.each(['postgres', 'redis'] as const)('on %s', (queue) => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld({ queue, env: { TRUSTED_PROXIES: '127.0.0.0/8, ::1' } });
    await world.adminKey();
  });
  afterAll(() => world.close());

  let people = 0;
  /** A page of a browser without a session, which notes what it would load from elsewhere and what it complains of. */
  async function openPage(width = 1280) {
    people += 1;
    const context = await browser.newContext({
      viewport: { width, height: 800 },
      locale: 'en-US',
      // Tries to sign in are counted by address, over all worlds of this process.
      extraHTTPHeaders: { 'x-forwarded-for': `192.0.2.${people + (queue === 'redis' ? 100 : 0)}` },
    });
    const page = await context.newPage();
    const foreign: string[] = [];
    const complaints: string[] = [];
    page.on('request', (request) => {
      if (!request.url().startsWith(world.apiUrl) && !request.url().startsWith('data:'))
        foreign.push(request.url());
    });
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    const signIn = async (email: string, password: string) => {
      await page.getByLabel('E-mail').fill(email);
      await page.getByLabel('Password').fill(password);
      await page.getByRole('button', { name: 'Sign in' }).click();
    };
    return { page, foreign, complaints, signIn, close: () => context.close() };
  }

  it('a wrong password is told; the right one leads to the queues', async () => {
    const { page, foreign, complaints, signIn, close } = await openPage();
    await page.goto(`${world.apiUrl}/queues`);
    expect(new URL(page.url()).pathname).toBe('/sign-in');
    expect(await page.evaluate('document.activeElement.id')).toBe('email');

    await signIn(ADMIN.email, 'wrong wrong wrong');
    await page.getByRole('alert').getByText('The e-mail or the password is wrong.').waitFor();
    expect(complaints.splice(0)).toEqual([expect.stringContaining('401')]);

    await signIn(ADMIN.email, ADMIN.password);
    await page.waitForURL(`${world.apiUrl}/queues`);
    for (const name of ['bot-start', 'pool-dispatch', 'deploy-local', 'parked']) {
      await page.getByText(name, { exact: true }).first().waitFor();
    }
    expect({ foreign, complaints }).toEqual({ foreign: [], complaints: [] });
    await close();
  });

  it('somebody who is no admin is told so, also on a narrow screen', async () => {
    const { page, signIn, close } = await openPage(320);
    await page.goto(`${world.apiUrl}/queues`);
    await signIn(USER.email, USER.password);
    await page.getByRole('heading', { name: 'For admins only' }).waitFor();
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(320);
    await page.getByRole('link', { name: 'Sign in with another account' }).click();
    await page.getByLabel('E-mail').waitFor();
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(320);
    await close();
  });
});

describe('under an address that is not the one of this machine', () => {
  /** Another address for the API on a port of this machine, as a reverse proxy gives it one. */
  async function otherAddress(apiPort: number) {
    const sockets = new Set<Socket>();
    const relay = createServer((visitor) => {
      const api = connect(apiPort, '127.0.0.1');
      for (const socket of [visitor, api]) {
        sockets.add(socket);
        socket.on('error', () => undefined);
      }
      visitor.pipe(api).pipe(visitor);
    });
    await new Promise<void>((done) => relay.listen(0, '127.0.0.2', done));
    const url = `http://127.0.0.2:${(relay.address() as AddressInfo).port}`;
    const close = async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((done) => relay.close(done));
    };
    return { url, close };
  }

  async function signInAt(url: string) {
    const page = await browser.newPage();
    await page.goto(`${url}/sign-in?next=/livez`);
    await page.getByLabel('E-mail').fill(USER.email);
    await page.getByLabel('Password').fill(USER.password);
    await page.getByRole('button', { name: 'Sign in' }).click();
    return page;
  }

  it('works when API_PUBLIC_URL says so', async () => {
    const apiPort = await freePort();
    const other = await otherAddress(apiPort);
    const world = await startWorld({ env: { API_PORT: String(apiPort), API_PUBLIC_URL: other.url } });
    const page = await signInAt(other.url);
    await page.waitForURL(`${other.url}/livez`);
    await page.close();
    await world.close();
    await other.close();
  });

  it('is refused otherwise, and the page names the setting, its value and the value that it needs', async () => {
    const world = await startWorld();
    const other = await otherAddress(world.settings.API_PORT);
    const page = await signInAt(other.url);
    const alert = page.getByRole('alert');
    await alert.getByText(`API_PUBLIC_URL=${other.url}`).waitFor();
    expect(await alert.textContent()).toContain(`API_PUBLIC_URL is not set, which means ${world.apiUrl}`);
    await page.close();
    await world.close();
    await other.close();
  });
});

describe('tries to sign in', () => {
  const tries = async (world: World, said: (n: number) => string) => {
    const answers: number[] = [];
    for (let n = 0; n < 6; n += 1) {
      const headers = { 'x-forwarded-for': said(n), origin: world.apiUrl };
      const body = { email: 'nobody@example.org', password: 'wrong wrong wrong' };
      answers.push((await world.call('POST', '/api/auth/sign-in/email', body, headers)).status);
    }
    return answers;
  };

  it('are counted by who connects, whatever a client says of itself', async () => {
    const world = await startWorld();
    expect(await tries(world, (n) => `198.51.100.${n}`)).toContain(429);
    // Somebody behind a proxy that nobody has set is told so.
    const headers = { 'x-forwarded-for': '198.51.100.9', origin: world.apiUrl };
    const answer = await world.call<{ code: string; detail: string }>(
      'POST',
      '/api/auth/sign-in/email',
      USER,
      headers,
    );
    expect(answer).toMatchObject({
      status: 429,
      body: { code: 'too_many_requests', detail: expect.stringContaining('TRUSTED_PROXIES=127.0.0.1') },
    });
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    await world.close();
  });

  it('are counted by what a trusted proxy says last', async () => {
    const world = await startWorld({ env: { TRUSTED_PROXIES: '127.0.0.1,10.0.0.0/8' } });
    expect(await tries(world, (n) => `203.0.113.9, 198.51.100.${n}, 10.1.2.3`)).not.toContain(429);
    expect(await tries(world, (n) => `198.51.100.${n}, 203.0.113.7, 10.1.2.3`)).toContain(429);
    await world.close();
  });
});
