// The bot's own browser as Puppeteer drives it, on pages that mean it no good. browser.test.ts has the whole list, by
// the other library; here is what each library has to do by itself.
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { parseEnv } from '../env.ts';
import { type Display, openDisplay } from '../recorder/display.ts';
import { testLog } from '../testing/doubles.ts';
import { until } from '../testing/run-bot.ts';
import { type Browser, openBrowser } from './browser.ts';

vi.setConfig({ testTimeout: 60_000 });

let folder: string;
let display: Display;
let browser: Browser;
let meeting: Server;
let inside: Server;
let connections = 0;
let asked: string[] = [];
let body = '';
const log = testLog();

beforeAll(async () => {
  inside = createServer((_request, response) => response.end('secret')).on('connection', () => {
    connections += 1;
  });
  meeting = createServer((request, response) => {
    const path = request.url ?? '/';
    asked.push(path);
    if (path.startsWith('/to?')) return void response.writeHead(302, { location: path.slice(4) }).end();
    if (path.startsWith('/download')) {
      response.writeHead(200, { 'content-disposition': 'attachment; filename=EVIL' });
      return void response.end('EVIL '.repeat(1e5));
    }
    response.setHeader('content-type', 'text/html; charset=utf-8');
    response.end(`<!doctype html><title>open</title><body>${path === '/' ? body : ''}`);
  });
  for (const server of [meeting, inside])
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  folder = await mkdtemp(join(tmpdir(), 'puppeteer-test-'));
  await mkdir(join(folder, 'home'));
  const { childEnv, chromiumPath } = parseEnv(
    { ...process.env, MEEBOTER_API_URL: 'http://x', MEEBOTER_CLAIM_TOKEN: 'x' },
    'run_1',
  );
  const env = { ...childEnv, HOME: join(folder, 'home'), TMPDIR: folder };
  display = await openDisplay({ width: 800, height: 600, env, signal: new AbortController().signal });
  browser = await openBrowser({
    ...{ chromiumPath, folder, display, env, log, sound: false },
    needs: { library: 'puppeteer', permissions: ['audioCapture', 'videoCapture'], flags: [] },
    allowedOrigins: [originOf(meeting), 'https://*.zoom.us'],
    onGone: () => undefined,
  });
  await browser.guard.install();
});
beforeEach(() => {
  connections = 0;
  log.events.length = 0;
});
afterAll(async () => {
  await browser.close();
  await display.child.stop();
  for (const server of [meeting, inside]) {
    server.closeAllConnections();
    server.close();
  }
  await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
});

function originOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
const run = async (script: string) => (await browser.page.documents())[0]?.evaluate(script);
const title = () => run('document.title');

/** Opens a page of the meeting. */
async function show(html: string): Promise<void> {
  body = html;
  // The error page of a refused address may still be on its way, and come in between.
  await until('the page to open', () => {
    asked = [];
    return browser.page.open(originOf(meeting), 10_000).then(
      () => true,
      () => false,
    );
  });
}
/** Clicks into the page, as a person does. */
async function click(): Promise<void> {
  const element = await (await browser.page.documents())[0]?.find('document.body');
  await element?.click(5_000);
  element?.dispose();
}

it('goes to no address but the meeting’s own, not by a redirect either, and reaches nothing inside the network', async () => {
  const target = originOf(inside);
  await show(`<img src="${target}/img"><script>
    fetch('${target}', { mode: 'no-cors' }).catch(() => {}).then(() => { document.title = 'tried' })
  </script>`);
  await until('the try', async () => (await title()) === 'tried');
  for (const way of [`${target}/straight`, `/to?${target}/redirected`, 'https://notzoom.us/apex']) {
    await show(`<script>setTimeout(() => { location.href = '${way}' })</script>`);
    await until(`a refusal of ${way}`, () => way.endsWith(new URL(browser.guard.refused() ?? 'x:').pathname));
  }
  expect(connections).toBe(0);
  expect(browser.guard.allows('https://us02web.zoom.us/wc/1')).toBe(true);
});

it('opens no window, asks nobody for a file, and saves nothing, not even on a click', async () => {
  await show(`<style>html, body { height: 100% }</style><input type=file id=file style="display:none"><script>
    const save = (href) => Object.assign(document.createElement('a'), { href, download: 'EVIL' }).click();
    onclick = () => {
      document.title = String(window.open('/window')) + String(window.open('/other', '_blank', 'noopener'));
      save('/download/link'); save(URL.createObjectURL(new Blob(['EVIL '.repeat(1e6)])));
      file.click();
    };
  </script>`);
  await click();
  await until('the click', async () => (await title()) === 'nullnull');
  await until('the choice of a file', () => log.events.includes('file_chooser_ignored'));
  expect(asked.filter((path) => path.includes('window') || path.includes('other'))).toEqual([]);
  await browser.page.open(`${originOf(meeting)}/download/page`, 10_000).catch(() => undefined);
  const find = 'grep -rl "EVIL EVIL" . || true; find . -name "*EVIL*" -o -name "*.crdownload"';
  const found = () => execFileSync('bash', ['-c', find], { cwd: folder }).toString();
  // The browser's cache holds it for a moment.
  await until('nothing of it to be on the disk', () => found() === '', 10_000);
});

it('goes on with a page that calls dialogs without end and floods the console', async () => {
  await show(`<script>
    onbeforeunload = () => 'stay';
    setInterval(() => {
      for (let n = 0; n < 300; n += 1) { alert(n); console.log('x'.repeat(1e4), { n }) }
      document.title = String([confirm(1), prompt(2)]);
    }, 0);
  </script>`);
  await until('many dialogs', () => log.events.includes('dialogs_ignored'));
  expect(await title()).toBe('false,');
  await show('');
  expect(await title()).toBe('open');
});
