// The program as it ships, in meetings with a hostile page.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { leaveRulesSchema } from '@meeboter/domain/leave-rules.ts';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { CALL, PREJOIN, peoplePanel } from './page/testing/fixtures.ts';
import { defaultClaim, type FakeApi, startFakeApi } from './testing/fake-api.ts';
import { type RunningBot, runBotProcess, until } from './testing/run-bot.ts';

vi.setConfig({ testTimeout: 120_000 });

let api: FakeApi;
let bot: RunningBot;
let meeting: Server;
let inside: Server;
let connections: number;

beforeEach(async () => {
  connections = 0;
  inside = createServer().on('connection', () => {
    connections += 1;
  });
  await new Promise<void>((resolve) => inside.listen(0, '127.0.0.1', resolve));
});

afterEach(async () => {
  await bot.clean();
  await api.close();
  for (const server of [meeting, inside]) {
    server.closeAllConnections();
    server.close();
  }
});

const originOf = (server: Server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

/** Sends the bot to a copy of Google Meet's join page that also runs `script`. */
async function send(script: string, waitingRoomSeconds = 60): Promise<void> {
  meeting = createServer((request, response) => {
    // A page that waits for this runs no script and answers nothing, as one in an endless loop, at no cost of CPU.
    if (request.url === '/never-answered') return;
    response.setHeader('content-type', 'text/html; charset=utf-8');
    response.end(`<!doctype html><body>${PREJOIN}<script>
      const show = (html) => { document.body.innerHTML = html };
      const ask = [...document.querySelectorAll('button')].find((it) => it.textContent === 'Ask to join');
      document.querySelectorAll('[aria-label^="Turn off"]').forEach((it) => it.addEventListener('click', () =>
        it.setAttribute('aria-label', it.getAttribute('aria-label').replace('Turn off', 'Turn on'))));
      ${script}
    </script>`);
  });
  await new Promise<void>((resolve) => meeting.listen(0, '127.0.0.1', resolve));
  const origin = originOf(meeting);
  api = await startFakeApi({
    meeting: {
      platform: 'google-meet',
      url: `${origin}/abc-defg-hij`,
      passcode: null,
      allowed_origins: [origin],
    },
    leave_rules: leaveRulesSchema.parse({ waiting_room_timeout_seconds: waitingRoomSeconds }),
    recording: { ...defaultClaim(origin).recording, enabled: false },
  });
  bot = await runBotProcess(api.origin, 'main.ts');
}

test('joins and stays while the page floods it with dialogs, windows, downloads and history, and looks around', async () => {
  await send(`
    const target = '${originOf(inside)}';
    const save = (href) => Object.assign(document.createElement('a'), { href, download: 'x' }).click();
    const pester = () => {
      for (let n = 0; n < 20; n += 1) { alert(n); confirm(n); prompt(n); print(); window.open(target); history.pushState(n, '') }
      fetch(target, { mode: 'no-cors' }).catch(() => {});
      new Image().src = target;
      save(URL.createObjectURL(new Blob(['x'.repeat(1e5)])));
    };
    onbeforeunload = () => 'stay';
    setInterval(pester, 20);
    addEventListener('click', pester);
    ask.onclick = () => {
      show('<h1>Asking to be let in…</h1>');
      setTimeout(() => show(${JSON.stringify(CALL + peoplePanel([['ada', 'Ada']]))}), 1_000);
    };`);
  await until('Ada', () => api.entries.some(({ kind }) => kind === 'participant'));
  expect(api.statuses()).toEqual(['IN_WAITING_ROOM knocked', 'IN_CALL admitted']);
  api.commands = [{ kind: 'leave', reason: 'user_requested' }];
  expect(await bot.exited, bot.output()).toBe(0);
  expect(bot.output()).toContain('"event":"dialogs_ignored"');
  expect(bot.output()).toContain('"event":"address_refused"');
  expect(connections).toBe(0);
});

test('a page that hangs in the waiting room is the reason, and not that nobody admitted the bot', async () => {
  await send(
    `ask.onclick = () => {
    show('<h1>Asking to be let in…</h1>');
    const request = new XMLHttpRequest();
    request.open('GET', '/never-answered', false);
    setTimeout(() => request.send(), 1_000);
  };`,
    10,
  );
  expect(await bot.exited, bot.output()).toBe(1);
  expect(api.statuses()).toEqual(['IN_WAITING_ROOM knocked', 'FATAL browser_failed']);
  expect(api.entries).toContainEqual(
    expect.objectContaining({
      sub_code: 'browser_failed',
      facts: expect.objectContaining({ state: 'lobby' }),
    }),
  );
});
