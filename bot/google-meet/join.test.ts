// Joining on pages that misbehave: redirects, faults, fields that are replaced.
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, Page } from 'playwright';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { MeetingFault } from '../meeting.ts';
import { englishContext, launchBrowser, until } from '../page/testing/browser.ts';
import { CALL, PREJOIN } from '../page/testing/fixtures.ts';
import { createGoogleMeet, guardOf, type MeetOptions } from '../page/testing/meet.ts';
import type { Timing } from '../page/timing.ts';
import { testLease } from '../testing/doubles.ts';
import { meetUrl } from './data.ts';

let browser: Browser;
let server: Server;
let origin: string;
let page: Page;
let requests: string[];
let answer: (path: string, response: ServerResponse) => void;

beforeAll(async () => {
  browser = await launchBrowser();
  server = createServer((request, response) => {
    requests.push(`${request.headers.host?.split(':')[0]}${request.url}`);
    answer(request.url ?? '', response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
beforeEach(async () => {
  requests = [];
  page = await (await englishContext(browser)).newPage();
});
afterEach(() => page.context().close());
afterAll(async () => {
  await browser.close();
  server.close();
});

const html =
  (body: string, script = '') =>
  (_path: string, response: ServerResponse) => {
    response.setHeader('content-type', 'text/html; charset=utf-8');
    response.end(`<!doctype html><body>${body}<script>${script}</script></body>`);
  };
/** Makes the device buttons work. */
const TOGGLES = `document.querySelectorAll('[aria-label^="Turn off"]').forEach((it) => it.addEventListener('click', () =>
  it.setAttribute('aria-label', it.getAttribute('aria-label').replace('Turn off', 'Turn on'))));`;
const FIELD = `document.querySelector('[aria-label="Your name"]')`;
const ASK = `[...document.querySelectorAll('button')].find((it) => it.textContent === 'Ask to join')`;

function join(
  timing: Partial<Timing> = {},
  displayName = 'Notes',
  watched: Pick<MeetOptions, 'log' | 'nowMs'> = {},
) {
  const abort = new AbortController();
  const meeting = createGoogleMeet({
    page,
    url: `${origin}/abc-defg-hij?authuser=0#x`,
    displayName,
    guard: guardOf(page, [origin]),
    ...watched,
    timing: {
      pollMs: 50,
      confirmMs: 100,
      captchaMs: 100,
      prepareMs: 8_000,
      knockAgainMs: 200,
      deviceMs: 300,
      ...timing,
    },
  });
  return { meeting, abort, ...testLease(abort.signal) };
}
const faultOf = (work: Promise<unknown>): Promise<MeetingFault> =>
  work.then(
    () => expect.fail('it did not fail'),
    (error) => {
      expect(error).toBeInstanceOf(MeetingFault);
      return error;
    },
  );

describe('where the link leads', () => {
  it('is opened in English and without noise', () => {
    expect(meetUrl('https://meet.google.com/abc-defg-hij?authuser=1&hs=178&hl=de#x')).toBe(
      'https://meet.google.com/abc-defg-hij?hl=en',
    );
  });

  it('never asks another origin for anything, not even by way of a redirect', async () => {
    const elsewhere = origin.replace('127.0.0.1', 'localhost');
    answer = (path, response) => {
      if (path.startsWith('/hop')) response.writeHead(302, { location: `${elsewhere}/secret?token=1` }).end();
      else response.writeHead(302, { location: '/hop' }).end();
    };
    const { meeting, held } = join();
    const fault = await faultOf(meeting.prepare(held));
    expect([fault.subCode, fault.facts.url]).toEqual(['navigation_failed', `${elsewhere}/secret`]);
    expect(requests).toEqual(['127.0.0.1/abc-defg-hij?hl=en', '127.0.0.1/hop']);
  });

  it('is an account page: sign_in_required, also when the page goes there later', async () => {
    const account = 'https://accounts.google.com/v3/signin?continue=x';
    answer = (_path, response) => response.writeHead(302, { location: account }).end();
    const first = join();
    const fault = await faultOf(first.meeting.prepare(first.held));
    expect([fault.subCode, fault.facts.url]).toEqual([
      'sign_in_required',
      'https://accounts.google.com/v3/signin',
    ]);

    await page.context().close();
    page = await (await englishContext(browser)).newPage();
    answer = html('Getting ready…', `setTimeout(() => location.assign('${account}'), 50)`);
    const second = join();
    expect((await faultOf(second.meeting.prepare(second.held))).subCode).toBe('sign_in_required');
  });

  it('refuses a link to somewhere else without a request', async () => {
    const { held } = join();
    const meeting = createGoogleMeet({
      page,
      url: origin,
      displayName: 'x',
      guard: guardOf(page, ['https://meet.google.com']),
    });
    expect((await faultOf(meeting.prepare(held))).subCode).toBe('navigation_failed');
    expect(requests).toEqual([]);
  });

  it('is tried again when the network or the server fails', async () => {
    answer = (path, response) => {
      if (requests.length <= 2) response.destroy();
      else if (requests.length === 3) response.writeHead(503).end();
      else html(PREJOIN, TOGGLES)(path, response);
    };
    const { meeting, held } = join();
    await meeting.prepare(held);
    // The browser itself retries a connection that was reset.
    expect(requests.length).toBeGreaterThanOrEqual(4);
    answer = (_path, response) => void response.destroy();
    expect((await faultOf(meeting.prepare(held))).subCode).toBe('navigation_failed');
  });

  it('closes what the page opens beside itself', async () => {
    answer = (path, response) =>
      html(PREJOIN, `${TOGGLES} ${path === '/popup' ? '' : "window.open('/popup')"}`)(path, response);
    const { meeting, held } = join();
    await meeting.prepare(held);
    await until(() => page.context().pages().length === 1, 'the popup to be closed');
  });
});

describe('before the knock', () => {
  it('turns both devices off, types the name and does not join', async () => {
    answer = html(PREJOIN, `${TOGGLES} ${ASK}.onclick = () => document.body.dataset.asked = '1'`);
    const { meeting, held } = join({}, 'Notes\nof Ada ');
    await meeting.prepare(held);
    expect(await page.inputValue('input')).toBe('Notes of Ada');
    expect(await page.locator('[aria-label^="Turn on"]').count()).toBe(2);
    expect(await page.evaluate(() => document.body.dataset.asked)).toBeUndefined();
  });

  it('types the name again when the field is replaced, hidden or emptied under its hands', async () => {
    const faults = `let left = 3;
      const watch = (field) => field.addEventListener('input', () => {
        if (left-- <= 0) return;
        const fresh = field.cloneNode(); fresh.value = '';
        if (left === 2) { field.style.display = 'none'; setTimeout(() => { field.style.display = ''; field.value = ''; }, 300); }
        else { field.replaceWith(fresh); watch(fresh); }
      });
      watch(${FIELD});`;
    answer = html(PREJOIN, TOGGLES + faults);
    const { meeting, held } = join();
    await meeting.prepare(held);
    expect(await page.inputValue('input')).toBe('Notes');
  });

  it('types with keys, as much as the field takes', async () => {
    answer = html(
      PREJOIN.replace('60', '5'),
      `${TOGGLES} ${FIELD}.onkeydown = () => document.body.dataset.keys = 1 + Number(document.body.dataset.keys ?? 0)`,
    );
    const { meeting, held } = join({}, 'Meeting notes');
    await meeting.prepare(held);
    expect(await page.inputValue('input')).toBe('Meeti');
    expect(Number(await page.evaluate(() => document.body.dataset.keys))).toBeGreaterThan(12);
  });

  it('refuses to go in with a microphone that stays on, and goes in without any device', async () => {
    answer = html(PREJOIN);
    const first = join();
    const fault = await faultOf(first.meeting.prepare(first.held));
    expect([fault.subCode, fault.facts.device]).toEqual(['join_failed', 'microphone']);
    answer = html(PREJOIN.replace(/<div role="button".*?<\/div>/g, ''));
    const second = join();
    await second.meeting.prepare(second.held);
  });

  it('closes a card about a missing device', async () => {
    answer = html(
      `${PREJOIN}<div class="card"><div>Microphone not found <button aria-label="Close" onclick="this.closest('.card').remove()">x</button></div></div>`,
      TOGGLES,
    );
    const { meeting, held } = join();
    await meeting.prepare(held);
    expect(await page.locator('.card').count()).toBe(0);
  });

  it('says where it got stuck', async () => {
    answer = html('<p>A page of another kind</p>');
    const { meeting, held } = join({ prepareMs: 600 });
    const fault = await faultOf(meeting.prepare(held));
    expect([fault.subCode, fault.facts]).toEqual([
      'join_failed',
      { state: 'unknown', url: `${origin}/abc-defg-hij` },
    ]);
  });

  it('loads a page anew that hangs at its start', async () => {
    answer = (path, response) =>
      html(requests.length > 1 ? PREJOIN : 'Getting ready…', requests.length > 1 ? TOGGLES : '')(
        path,
        response,
      );
    const { meeting, held } = join({ reloadAfterMs: 300 });
    await meeting.prepare(held);
  });
});

describe('the knock', () => {
  it('is repeated while the page does not react, with the name typed again if it is gone', async () => {
    answer = html(
      PREJOIN,
      `${TOGGLES} let clicks = 0; ${ASK}.onclick = () => {
        clicks += 1;
        document.title = String(clicks);
        if (clicks === 1) ${FIELD}.value = '';
        if (clicks === 3) document.body.innerHTML = '<h1>Asking to join</h1><p id="name"></p>';
      }`,
    );
    const { meeting, abort, held } = join();
    await meeting.prepare(held);
    await meeting.knock(held);
    let waits = 0;
    const admitted = meeting.admission(() => waits++, held);
    await until(() => waits === 1, 'the lobby');
    expect(await page.title()).toBe('3');
    await page.evaluate((call) => {
      document.body.innerHTML = call;
    }, CALL);
    await admitted;
    expect(waits).toBe(1);
    abort.abort();
  });

  it('is repeated when the page comes back to where it was', async () => {
    answer = html(
      `<main>${PREJOIN}</main>`,
      `${TOGGLES} let clicks = 0; const main = document.querySelector('main'); ${ASK}.onclick = () => {
        clicks += 1;
        main.hidden = true;
        document.body.append(clicks === 1 ? 'Joining…' : 'Asking to join');
        if (clicks === 1) setTimeout(() => { main.hidden = false; document.body.lastChild.remove(); }, 300);
      }`,
    );
    const { meeting, abort, held } = join();
    await meeting.prepare(held);
    await meeting.knock(held);
    let waits = 0;
    const admitted = meeting.admission(() => waits++, held);
    await until(() => waits === 1, 'the lobby');
    abort.abort();
    await expect(admitted).rejects.toBe(abort.signal.reason);
  });

  it('gives up on a page that never reacts', async () => {
    answer = html(PREJOIN, TOGGLES);
    const { meeting, held } = join({ knockMs: 1_500 });
    await meeting.prepare(held);
    expect((await faultOf(meeting.knock(held))).subCode).toBe('join_failed');
  });

  it.each([
    ['a text we do not know', 'Join this call please', ''],
    ['a language we do not know', 'Osallistu', ''],
    ['German', 'Teilnahme erbitten', ''],
  ])('finds the button in %s', async (_, text) => {
    answer = html(
      PREJOIN.replace('Ask to join', text),
      `${TOGGLES} [...document.querySelectorAll('button')].forEach((it) => it.onclick = () => {
        document.title = it.textContent.trim() || it.ariaLabel; document.body.innerHTML = '<h1>Asking to join</h1>'; })`,
    );
    const { meeting, held } = join();
    await meeting.prepare(held);
    await meeting.knock(held);
    expect(await page.title()).toBe(text);
  });
});

describe('admission', () => {
  const lobby = `<h1>Asking to be let in…</h1>`;
  const waitIn = async (body: string) => {
    answer = html(body);
    const it = join();
    await page.goto(origin);
    return { ...it, admitted: it.meeting.admission(() => undefined, it.held) };
  };

  it.each([
    ['You left the meeting', 'denied'],
    ['This meeting has ended', 'meeting_ended'],
    ['Your host ended the meeting for everyone', 'meeting_ended'],
    [
      'No one responded to your request to join the call',
      'no_response',
      'No one responded to your request to join …',
    ],
    ['Ada Park denied your request to join', 'denied', '… denied your request to join'],
    ['You can’t join this video call', 'blocked_by_platform'],
  ])('"%s" is %s, and nobody’s name is kept of it', async (text, subCode, kept = text) => {
    const { admitted } = await waitIn(lobby);
    const failed = faultOf(admitted);
    await page.evaluate((it) => {
      document.body.innerHTML = `<h1>${it}</h1>`;
    }, text);
    const fault = await failed;
    expect([fault.subCode, fault.facts]).toEqual([
      subCode,
      { matched_text: kept.replace('’', "'"), url: `${origin}/` },
    ]);
  });

  it('is not taken from moments in which the lobby looks like a call, only from a call that stays', async () => {
    answer = html(lobby);
    let nowMs = 0;
    const seen: unknown[] = [];
    const log = { info: (_message: string, fields?: object) => void seen.push(fields) };
    const { meeting, held } = join({}, 'Notes', { log, nowMs: () => nowMs });
    await page.goto(origin);
    const over = vi.fn();
    const admitted = meeting.admission(() => undefined, held).then(over);
    const show = async (body: string, state: string) => {
      const before = seen.length;
      await page.evaluate(
        (it) => document.body.replaceChildren(document.createRange().createContextualFragment(it)),
        body,
      );
      await until(() => seen.length > before, `a look at ${state}`);
      expect(seen.at(-1)).toEqual({ state });
    };
    await until(() => seen.length > 0, 'the first look');
    for (let moment = 0; moment < 3; moment++) {
      await show(CALL, 'in_call');
      nowMs += 300;
      await show(lobby, 'lobby');
    }
    await show(CALL, 'in_call');
    expect(over).not.toHaveBeenCalled();
    nowMs += 600;
    await admitted;
  });

  it('fails with the page', async () => {
    const { admitted } = await waitIn(lobby);
    const failed = faultOf(admitted);
    await page.close();
    expect((await failed).subCode).toBe('browser_failed');
  });
});

it('stops with the signal’s reason wherever it is', async () => {
  answer = html('Getting ready…');
  const { meeting, abort, held } = join();
  const reason = new Error('the user cancelled');
  const prepared = meeting.prepare(held);
  await until(() => requests.length > 0, 'the page to be asked for');
  abort.abort(reason);
  await expect(prepared).rejects.toBe(reason);
  await expect(meeting.knock(held)).rejects.toBe(reason);
  await expect(meeting.admission(() => undefined, held)).rejects.toBe(reason);
  const observer = {
    onParticipants: () => undefined,
    onSpeakerTurn: () => undefined,
    onSound: () => undefined,
    onNotice: () => undefined,
  };
  expect(await meeting.watch(observer, held)).toBeNull();
});
