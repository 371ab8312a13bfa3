// The bot's own browser on pages that mean it no good. "inside" stands for a machine of the network that
// the bot runs in: it counts who connects.
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
import type { PlaywrightPage } from './playwright.ts';

vi.setConfig({ testTimeout: 60_000 });

let folder: string;
let display: Display;
let browser: Browser;
let meeting: Server;
let inside: Server;
let connections = 0;
/** What the meeting's server was asked for since the page was opened. */
let asked: string[] = [];
let pages: Record<string, string> = {};
let sentBytes = 0;
const log = testLog();
const gone: string[] = [];

beforeAll(async () => {
  inside = createServer((_request, response) => response.end('secret')).on('connection', () => {
    connections += 1;
  });
  meeting = createServer((request, response) => {
    const path = request.url ?? '/';
    asked.push(path);
    if (path.startsWith('/download')) {
      response.writeHead(200, {
        'content-disposition': 'attachment; filename=EVIL',
        'content-type': 'text/plain',
      });
      const pump = () => {
        while (sentBytes < 500e6 && response.write(Buffer.alloc(1e6, 'EVIL '))) sentBytes += 1e6;
      };
      response.on('drain', pump);
      pump();
      return;
    }
    if (path.startsWith('/to?')) return void response.writeHead(302, { location: path.slice(4) }).end();
    const type = path.endsWith('.js') ? 'text/javascript' : 'text/html; charset=utf-8';
    response.setHeader('content-type', type);
    response.end(pages[path] ?? 'nothing');
  });
  for (const server of [meeting, inside]) {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  }
  folder = await mkdtemp(join(tmpdir(), 'browser-test-'));
  await mkdir(join(folder, 'home'));
  const { childEnv, chromiumPath } = parseEnv(
    { ...process.env, MEEBOTER_API_URL: 'http://x', MEEBOTER_CLAIM_TOKEN: 'x' },
    'run_1',
  );
  const env = { ...childEnv, HOME: join(folder, 'home'), TMPDIR: folder };
  display = await openDisplay({ width: 800, height: 600, env, signal: new AbortController().signal });
  const options = { chromiumPath, folder, display, env, log, sound: false };
  browser = await openBrowser({
    ...options,
    needs: { library: 'playwright', permissions: ['audioCapture', 'videoCapture'], flags: [] },
    allowedOrigins: [originOf(meeting)],
    onGone: (it) => gone.push(it),
  });
});
beforeEach(() => {
  connections = 0;
  sentBytes = 0;
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

/** The page as the library has it. */
const raw = () => (browser.page as PlaywrightPage).raw;

function originOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Opens a page of the meeting; `more` are further files. */
async function show(body: string, more: Record<string, string> = {}): Promise<void> {
  pages = { '/': `<!doctype html><title>open</title><body>${body}`, ...more };
  // The error page of a refused address may still be on its way, and come in between.
  await until('the page to open', () => {
    asked = [];
    return raw()
      .goto(originOf(meeting))
      .then(
        () => true,
        () => gone.length > 0,
      );
  });
}

/** Waits for what a page's script says in its title. */
const titled = (title: string) => until(`the title ${title}`, async () => (await raw().title()) === title);

it('reaches nothing inside the network, whatever asks for it, and its own server always', async () => {
  const target = originOf(inside);
  const { port } = new URL(target);
  await show(
    `<link rel=preconnect href="${target}"><link rel=stylesheet href="${target}/css"><img src="${target}/img">
    <iframe src="${target}/frame"></iframe><iframe srcdoc='<img src="${target}/srcdoc">'></iframe>
    <object data="${target}/object"></object><video src="${target}/video"></video>
    <form id=f action="${target}/form" method=post target=named></form><iframe name=named></iframe>
    <script>
      const quiet = () => {};
      const ask = (url) => fetch(url, { mode: 'no-cors' }).catch(quiet);
      f.submit();
      const asks = ['${target}', 'http://localhost:${port}', 'http://a.localhost:${port}', 'http://2130706433:${port}',
        'http://0x7f.1:${port}', 'http://[::ffff:127.0.0.1]:${port}', 'http://0.0.0.0:${port}', '/to?${target}'].map(ask);
      navigator.sendBeacon('${target}/beacon');
      new EventSource('${target}/events').onerror = quiet;
      new WebSocket('ws://127.0.0.1:${port}').onerror = quiet;
      new Worker('/worker.js'); new SharedWorker('/worker.js');
      new Worker(URL.createObjectURL(new Blob(['fetch("${target}/blob", { mode: "no-cors" })'])));
      navigator.serviceWorker.register('/service.js').catch(quiet);
      for (const features of ['', 'noopener']) window.open('${target}/window', '_blank', features);
      const link = Object.assign(document.createElement('a'), { href: '${target}/tab', target: '_blank' });
      document.body.append(link); link.click();
      const overTcp = async () => {
        const urls = ['turn:127.0.0.1:${port}?transport=tcp'];
        const a = new RTCPeerConnection({ iceServers: [{ urls, username: 'a', credential: 'b' }] });
        const b = new RTCPeerConnection();
        a.createDataChannel('x');
        await a.setLocalDescription();
        await b.setRemoteDescription(a.localDescription);
        await b.setLocalDescription();
        await a.setRemoteDescription(b.localDescription);
        const candidate = 'candidate:1 1 tcp 1518280447 127.0.0.1 ${port} typ host tcptype passive';
        await a.addIceCandidate({ candidate, sdpMid: '0', sdpMLineIndex: 0 });
      };
      Promise.allSettled([...asks, overTcp(), ask('/own')]).then(() => setTimeout(() => { document.title = 'tried' }, 1_000));
    </script>`,
    {
      '/worker.js': `fetch('${target}/worker', { mode: 'no-cors' }).catch(() => {}); new WebSocket('ws://127.0.0.1:${port}')`,
      '/service.js': `fetch('${target}/service', { mode: 'no-cors' }).catch(() => {})`,
    },
  );
  await titled('tried');
  await until('a word of it in the log', () => log.events.includes('address_refused'));
  expect(connections).toBe(0);
  for (const path of ['/own', '/worker.js', '/service.js']) expect(asked).toContain(path);
});

it('opens no window for a page, not even on a click', async () => {
  await show(`<script>
    onclick = () => { document.title = String(window.open('/window')) + String(window.open('/other', '_blank', 'noopener')); link.click() };
  </script><a id=link href="/tab" target=_blank onclick="event.stopPropagation()">tab</a>
  <form id=form action="/form" target=_blank></form>`);
  await raw().evaluate('form.submit(), window.open("/unasked")');
  await raw().mouse.click(400, 300);
  await titled('nullnull');
  expect(raw().context().pages()).toHaveLength(1);
  expect(asked.filter((path) => path !== '/favicon.ico')).toEqual(['/']);
});

it('downloads nothing: not by links, blobs, data, frames or the page’s own navigation', async () => {
  await show(`<iframe src="/download/frame"></iframe><script>
    const save = (href) => Object.assign(document.createElement('a'), { href, download: 'EVIL' }).click();
    const all = () => { save('/download/link'); save(URL.createObjectURL(new Blob(['EVIL '.repeat(1e6)]))); save('data:application/octet-stream,EVIL') };
    onclick = () => { all(); document.title = 'clicked'; location.href = '/download/page' };
    all();
  </script>`);
  await raw().mouse.click(400, 300);
  await titled('clicked');
  await until('the page to be asked for', () => asked.includes('/download/page'));
  const page = await raw()
    .goto(`${originOf(meeting)}/download/again`)
    .catch((error: Error) => error.message);
  expect(page).toContain('ERR_ABORTED');
  // What a socket holds is sent before it is known what comes.
  expect(sentBytes).toBeLessThan(60e6);
  const found = execFileSync(
    'bash',
    ['-c', 'grep -rl "EVIL EVIL" . || true; find . -name "*EVIL*" -o -name "*.crdownload"'],
    {
      cwd: folder,
    },
  );
  expect(found.toString()).toBe('');
});

it('goes on with a page that calls dialogs without end, and counts them', async () => {
  await show(`<iframe srcdoc="<script>setInterval(() => alert(top.alert(1)), 0)</script>"></iframe><script>
    onbeforeunload = () => 'stay';
    setInterval(() => { for (let n = 0; n < 1000; n += 1) { alert(n); print() } document.title = String([confirm(1), prompt(2)]) }, 0);
  </script>`);
  await raw().mouse.click(400, 300);
  await until(
    'a thousand dialogs',
    () => log.events.filter((event) => event === 'dialogs_ignored').length > 4,
  );
  expect(await raw().title()).toBe('false,');
  await show('');
  expect(await raw().title()).toBe('open');
});

it('opens no other program, and no choice of a file', async () => {
  await show(`<input type=file id=file><script>
    onclick = () => { file.click(); location.href = 'zoommtg://zoom.us/join' };
  </script>`);
  await raw().mouse.click(400, 300);
  await until('the choice of a file', () => log.events.includes('file_chooser_ignored'));
  await raw()
    .goto(`${originOf(meeting)}/to?zoommtg://zoom.us/join`)
    .catch(() => undefined);
  expect(browser.guard.refused()).toBe('zoommtg://zoom.us/join');
});

it('refuses at once what would ask somebody', async () => {
  await show(`<script>onclick = async () => {
    const answers = [
      Notification.requestPermission(),
      new Promise((_, refuse) => navigator.geolocation.getCurrentPosition(refuse, refuse)),
      navigator.requestMIDIAccess({ sysex: true }), navigator.clipboard.readText(), showSaveFilePicker(),
      navigator.usb.requestDevice({ filters: [] }), navigator.mediaDevices.getUserMedia({ audio: true, video: true }),
    ];
    document.title = (await Promise.allSettled(answers)).map(({ value, status }) => value === 'denied' ? 'rejected' : status).join();
  }</script>`);
  await raw().mouse.click(400, 300);
  await titled('rejected,rejected,rejected,rejected,rejected,rejected,fulfilled');
});

it('goes to no address but the meeting’s own, by whatever scheme', async () => {
  for (const scheme of ['file:///etc/passwd', 'chrome://version', 'devtools://devtools', 'view-source:/']) {
    await show(
      `<script>setTimeout(() => { location.href = '${scheme}'; setTimeout(() => fetch('/tried'), 200) })</script>`,
    );
    await until(`to have tried ${scheme}`, () => asked.includes('/tried'));
    expect([await raw().title(), raw().url()]).toEqual(['open', `${originOf(meeting)}/`]);
  }
  const elsewhere = originOf(inside);
  for (const way of [`${elsewhere}/straight`, `/to?${elsewhere}/redirected`]) {
    await show(`<script>setTimeout(() => { location.href = '${way}' })</script>`);
    await until(`a refusal of ${way}`, () => way.endsWith(new URL(browser.guard.refused() ?? 'x:').pathname));
  }
  expect(connections).toBe(0);
  expect(browser.guard.allows(`view-source:${originOf(meeting)}`)).toBe(false);
  expect(browser.guard.allows(`blob:${originOf(meeting)}/x`)).toBe(false);
});

it('is not fooled by a worker that answers in place of the server', async () => {
  await show(
    `<script>navigator.serviceWorker.register('/service.js').then(() => navigator.serviceWorker.ready).then(() => { document.title = 'ready' })</script>`,
    {
      '/service.js': `onfetch = (it) => it.respondWith(new Response('<title>fooled</title><script>alert(1)</script>', { headers: { 'content-type': 'text/html' } }))`,
    },
  );
  await titled('ready');
  await raw().reload();
  expect(await raw().title()).not.toBe('fooled');
});

it('lets pages store little', async () => {
  await show(`<script>(async () => {
    const cache = await caches.open('x');
    for (let n = 0; n < 30; n += 1) await cache.put('/' + n, new Response(new Uint8Array(10e6)));
  })().then(() => { document.title = 'stored' }, (error) => { document.title = error.name })</script>`);
  await titled('QuotaExceededError');
});

it('tells that a page with too much in its memory has crashed', async () => {
  await show(
    `<script>setTimeout(() => { const all = []; for (;;) { const more = new Array(1e7); for (let n = 0; n < 1e7; n += 1) more[n] = n + 0.5; all.push(more) } })</script>`,
  );
  await until('the crash', () => gone.length > 0);
  expect(gone).toEqual(['the page crashed']);
});
