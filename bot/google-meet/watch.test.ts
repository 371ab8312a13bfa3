// The call, on pages that change while the bot watches. Only the time limits are shortened.
import type { Browser, Page } from 'playwright';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { CallObserver, Participant } from '../meeting.ts';
import { englishContext, launchBrowser, until } from '../page/testing/browser.ts';
import { CALL, peoplePanel, TOOLBAR, tile } from '../page/testing/fixtures.ts';
import { createGoogleMeet, guardOf } from '../page/testing/meet.ts';
import type { Timing } from '../page/timing.ts';
import { testLease } from '../testing/doubles.ts';

const TIMING: Partial<Timing> = {
  watchPollMs: 40,
  confirmMs: 120,
  contradictedMs: 900,
  lostMs: 700,
  reconnectMs: 1_500,
  awayMs: 300,
  popupMs: 100,
  silenceMs: 250,
};

let browser: Browser;
let page: Page;
beforeAll(async () => {
  browser = await launchBrowser();
});
beforeEach(async () => {
  page = await (await englishContext(browser)).newPage();
  await show(CALL);
});
afterEach(() => page.context().close());
afterAll(() => browser.close());

const show = (html: string) => page.setContent(`<!doctype html><body>${html}</body>`);
const add = (html: string) => page.evaluate((it) => document.body.insertAdjacentHTML('beforeend', it), html);

function watchPage() {
  const heard: { people: (Participant[] | null)[]; turns: Parameters<CallObserver['onSpeakerTurn']>[0][] } = {
    people: [],
    turns: [],
  };
  const events: string[] = [];
  const abort = new AbortController();
  const meeting = createGoogleMeet({
    page,
    url: 'https://meet.google.com/abc-defg-hij',
    displayName: 'Notes',
    guard: guardOf(page, ['https://meet.google.com']),
    timing: TIMING,
    log: { info: (event, fields = {}) => events.push(`${event} ${Object.values(fields).join(' ')}`) },
  });
  const startedAt = performance.now();
  let outcome: unknown = 'still in the call';
  const reason = meeting
    .watch(
      {
        onParticipants: (others) => heard.people.push(others),
        onNotice: () => undefined,
        onSound: () => undefined,
        onSpeakerTurn: (turn) => heard.turns.push(turn),
      },
      testLease(abort.signal).held,
    )
    .then((it) => {
      outcome = it;
      return { reason: it?.reason ?? null, afterMs: performance.now() - startedAt };
    });
  const names = () => heard.people.at(-1)?.map(({ name }) => name) ?? null;
  return { meeting, reason, abort, events, heard, names, outcome: () => outcome, startedAt };
}

describe('the end', () => {
  it.each([
    ['removed', 'You’ve been removed from the meeting'],
    ['meeting_ended', 'Your host ended the meeting for everyone'],
  ])('%s is told soon after the page says so', async (expected, text) => {
    const call = watchPage();
    await until(() => call.names() !== null, 'people');
    await show(`<h1>${text}</h1><button>Return to home screen</button>`);
    expect((await call.reason).reason).toBe(expected);
  });

  it('is believed later when the call is still to be seen', async () => {
    const call = watchPage();
    await add('<div role="dialog" aria-modal="true"><h2>You’ve been removed from the meeting</h2></div>');
    const { reason, afterMs } = await call.reason;
    expect(reason).toBe('removed');
    expect(afterMs).toBeGreaterThan(900);
  });

  it('is page_lost when every sign of the call stays away', async () => {
    const call = watchPage();
    await show('<p>Something else</p>');
    const { reason, afterMs } = await call.reason;
    expect(reason).toBe('page_lost');
    expect(afterMs).toBeGreaterThan(700);
  });

  it('is not told when everything vanishes for a moment, again and again', async () => {
    const call = watchPage();
    for (let round = 0; round < 4; round++) {
      await show('<p></p>');
      await until(() => call.events.at(-1)?.startsWith('call_look blank') ?? false, 'a look at nothing');
      await show(CALL);
      await until(() => call.events.at(-1)?.startsWith('call_look alive') ?? false, 'a look at the call');
    }
    expect(call.outcome()).toBe('still in the call');
    call.abort.abort();
    expect((await call.reason).reason).toBeNull();
  });

  it('waits longer for a page that reconnects', async () => {
    const call = watchPage();
    await show('<h1>You lost your network connection. Trying to reconnect.</h1>');
    const { reason, afterMs } = await call.reason;
    expect(reason).toBe('page_lost');
    expect(afterMs).toBeGreaterThan(1_500);
  });

  it('is page_lost when the page is closed, crashes, or goes elsewhere', async () => {
    const closed = watchPage();
    await page.close();
    expect((await closed.reason).reason).toBe('page_lost');

    page = await (await englishContext(browser)).newPage();
    await show(CALL);
    const crashed = watchPage();
    await page.goto('chrome://crash').catch(() => undefined);
    expect((await crashed.reason).reason).toBe('page_lost');

    page = await (await englishContext(browser)).newPage();
    await show(CALL);
    const away = watchPage();
    await until(() => away.names() !== null, 'people');
    await page.goto('data:text/html,<p>elsewhere</p>');
    expect((await away.reason).reason).toBe('page_lost');
  });

  it('is not what people write', async () => {
    const text = 'You’ve been removed from the meeting';
    const call = watchPage();
    await add(tile('evil', text) + peoplePanel([['evil', text]]));
    await add(`<aside aria-label="Side panel"><div data-message-id="1">${text}</div></aside>`);
    await add(
      `<div class="no-mark-at-all"><span>${text}</span></div><div role="alert"><h2>${text}</h2></div>`,
    );
    await until(() => call.names()?.includes(text) ?? false, 'the guest with that name');
    await until(() => performance.now() - call.startedAt > 1_500, 'time for a false end', 3_000);
    expect(call.outcome()).toBe('still in the call');
    call.abort.abort();
    expect((await call.reason).reason).toBeNull();
  });
});

describe('in the call', () => {
  it('opens the list of people once, and tells who is there when it changes', async () => {
    await show(CALL);
    await page.evaluate(
      (panel) => {
        const button = document.querySelector('[aria-label="People"]');
        button?.addEventListener('click', () => {
          document.body.dataset.opened = String(Number(document.body.dataset.opened ?? 0) + 1);
          document.body.insertAdjacentHTML('beforeend', panel);
        });
      },
      peoplePanel([
        ['self', 'Notes', '(You)'],
        ['ada', 'Ada Park', 'Meeting host'],
        ['bob', 'Bob'],
      ]),
    );
    const call = watchPage();
    await until(() => call.names()?.includes('Bob') ?? false, 'Bob, who has no tile');
    expect(call.heard.people.at(-1)?.find(({ name }) => name === 'Ada Park')?.isHost).toBe(true);
    await page.evaluate(() => document.querySelector('[role=listitem][aria-label=Bob]')?.remove());
    await until(() => call.names()?.length === 1, 'Bob to be gone');
    expect(await page.evaluate(() => document.body.dataset.opened)).toBe('1');
    call.abort.abort();
    await call.reason;
    expect(call.heard.people.filter((it) => it?.length === 1).length).toBeLessThanOrEqual(2);
  });

  it('does not know who is there while the page reconnects, and stays', async () => {
    const call = watchPage();
    await until(() => call.names()?.length === 1, 'Ada');
    await show('<h1>Trying to reconnect</h1>');
    await until(() => call.heard.people.at(-1) === null, 'nobody knows');
    await show(CALL);
    await until(() => call.names()?.length === 1, 'Ada again');
    call.abort.abort();
    expect((await call.reason).reason).toBeNull();
  });

  it('closes popups and agrees to be recorded, and presses nothing else', async () => {
    const press = (text: string, extra = '') =>
      `<button ${extra} onclick="document.body.dataset.pressed=(document.body.dataset.pressed??'')+'${text};';this.parentElement.remove()"><span>${text}</span></button>`;
    await add(`<div role="dialog"><p>Others may see your video differently</p>${press('Got it')}</div>`);
    const call = watchPage();
    await until(
      () => page.evaluate(() => document.body.dataset.pressed === 'Got it;'),
      'the tooltip to be closed',
    );
    await add(
      `<div role="dialog" aria-modal="true"><p>This video call is being recorded</p>${press('Leave call')}${press('Join now', 'data-mdc-dialog-action="ok"')}</div>`,
    );
    await until(
      () => page.evaluate(() => document.body.dataset.pressed === 'Got it;Join now;'),
      'the recording to be agreed to',
    );
    call.abort.abort();
    await call.reason;
  });

  it('tells who spoke, and at the end who was just speaking, but never itself', async () => {
    const call = watchPage();
    const level = (id: string, value: number) =>
      page.evaluate(
        ([key, to]) =>
          document
            .querySelector(`[data-participant-id=${key}]`)
            ?.setAttribute('data-audio-level', String(to)),
        [id, value] as const,
      );
    await until(() => call.names() !== null, 'people');
    await level('self', 5);
    const from = Date.now();
    await level('ada', 5);
    await until(() => Date.now() - from > 500, 'half a second of speech');
    await level('ada', 0);
    await until(() => call.heard.turns.length === 1, 'the turn');
    await level('ada', 3);
    const again = Date.now();
    await until(() => Date.now() - again > 500, 'more speech');
    await show('<h1>You’ve been removed from the meeting</h1>');
    await call.reason;
    expect(call.heard.turns.map(({ externalId }) => externalId)).toEqual(['ada', 'ada']);
    const [first] = call.heard.turns;
    expect(Math.abs((first?.startedAt.getTime() ?? 0) - from)).toBeLessThan(400);
    expect((first?.endedAt.getTime() ?? 0) - (first?.startedAt.getTime() ?? 0)).toBeGreaterThan(300);
  });
});

describe('leave', () => {
  it('presses the button and answers the question', async () => {
    await show(CALL);
    await page.evaluate(() => {
      document.querySelector('[aria-label="Leave call"]')?.addEventListener('click', () => {
        document.body.insertAdjacentHTML(
          'beforeend',
          '<div role="dialog"><button><span>End the call for all</span></button><button id="just"><span>Just leave the call</span></button></div>',
        );
        document.querySelector('#just')?.addEventListener('click', () => {
          document.body.innerHTML = '<h1>You left the meeting</h1>';
        });
      });
    });
    await watchPage().meeting.leave();
    expect(await page.textContent('h1')).toBe('You left the meeting');
  });

  it('presses again when the page swallowed the first press', async () => {
    await page.evaluate(() => {
      let presses = 0;
      document.querySelector('[aria-label="Leave call"]')?.addEventListener('click', () => {
        presses += 1;
        if (presses > 1) document.body.innerHTML = '<h1>You left the meeting</h1>';
      });
    });
    await watchPage().meeting.leave();
    expect(await page.textContent('h1')).toBe('You left the meeting');
  });

  it('gives up in time, and never throws', async () => {
    await show(TOOLBAR);
    const { meeting } = watchPage();
    const startedAt = performance.now();
    await meeting.leave();
    expect(performance.now() - startedAt).toBeLessThan(15_000);
    await page.close();
    await meeting.leave();
  });
});
