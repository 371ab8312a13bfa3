// What counts as text, as a button and as a tile, on HTML in a real browser.
import type { Browser, Page } from 'playwright';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { classify } from '../page/classify.ts';
import { takeSnapshot } from '../page/snapshot.ts';
import type { PageState } from '../page/state.ts';
import { launchBrowser } from '../page/testing/browser.ts';
import { CALL, PREJOIN, peoplePanel, TOOLBAR, tile } from '../page/testing/fixtures.ts';
import { targetOf } from '../page/testing/meet.ts';
import { GOOGLE_MEET } from './data.ts';

let browser: Browser;
let page: Page;
beforeAll(async () => {
  browser = await launchBrowser();
  page = await browser.newPage();
});
afterAll(() => browser.close());

const REMOVED = 'You’ve been removed from the meeting';
const LEAVE = '<button aria-label="Leave call"><i>call_end</i></button>';
const dialog = (text: string, ...buttons: string[]) =>
  `<div role="dialog" aria-modal="true"><h2>${text}</h2>${buttons.map((it) => `<button><span>${it}</span></button>`).join('')}</div>`;

async function look(html: string, ownName = 'Notes') {
  await page.setContent(`<!doctype html><body>${html}</body>`);
  const snapshot = await takeSnapshot(targetOf(page));
  return {
    snapshot,
    state: classify(snapshot, { data: GOOGLE_MEET, link: 'https://meet.google.com/abc-defg-hij', ownName }),
  };
}

describe('pages', () => {
  it.each<[string, PageState['kind'], string]>([
    ['an empty page', 'splash', ''],
    ['the splash', 'splash', '<div role="status">Getting ready…</div>'],
    ['the pre-join page', 'prejoin', PREJOIN],
    ['the pre-join page of a signed-in browser', 'prejoin', '<button><span>Join now</span></button>'],
    [
      'a name field whose join button is not there yet',
      'prejoin',
      '<input type="text" aria-label="Your name">',
    ],
    [
      'the field for a meeting code',
      'unknown',
      '<input type="text" placeholder="Enter a code or link"><button>Join</button>'.replace('Join', 'Start'),
    ],
    [
      'the device gate',
      'gate',
      PREJOIN + dialog('Do you want people to hear you?', 'Continue without microphone and camera'),
    ],
    ['the lobby', 'lobby', `<h1>Asking to be let in…</h1>${LEAVE}<button>Return to home screen</button>`],
    [
      'a lobby with the text in a label',
      'lobby',
      `<img alt="Please wait until a meeting host brings you into the call" width=9 height=9>${LEAVE}`,
    ],
    [
      'a lobby with nothing but a button to cancel',
      'lobby',
      `<p>…</p><button><span>Cancel</span></button>${LEAVE}`,
    ],
    [
      'a lobby with the effects panel',
      'unknown',
      `${LEAVE}<div aria-label="Backgrounds and effects"><div data-participant-id="x" style="width:9px;height:9px"></div></div>`,
    ],
    [
      'a lobby with the effects panel under a heading',
      'unknown',
      `${LEAVE}<aside aria-label="Side panel"><h2>Backgrounds and effects</h2><div data-participant-id="x" style="width:9px;height:9px"></div></aside>`,
    ],
    [
      'a lobby with a labelled preview of effects',
      'unknown',
      `${LEAVE}<div data-participant-id="x" aria-label="Visual effects" style="width:9px;height:9px"></div>`,
    ],
    [
      'a text split by elements',
      'denied',
      '<p>Someone in the call <b>denied</b> your&nbsp;request to join</p>',
    ],
    [
      'a text in a notice, before the call',
      'blocked',
      '<div role="alert">You can’t join this video call</div>',
    ],
    [
      'a text that cannot be seen',
      'unknown',
      `<p style="display:none">${REMOVED}</p><p style="visibility:hidden">${REMOVED}</p><p>…</p>`,
    ],
    [
      'the sign-in page',
      'sign_in',
      '<h1>Sign in</h1><div>to continue to your Google Account</div><input type="email">',
    ],
    [
      'a captcha',
      'captcha',
      `${PREJOIN}<iframe src="about:blank#recaptcha" width="304" height="78"></iframe>`,
    ],
    [
      'a captcha frame out of sight',
      'prejoin',
      `${PREJOIN}<iframe src="about:blank#recaptcha" width="304" height="78" style="position:absolute;top:-9999px"></iframe>`,
    ],
    [
      'a small captcha frame',
      'prejoin',
      `${PREJOIN}<iframe src="about:blank#recaptcha" width="100" height="30"></iframe>`,
    ],
    [
      'the badge of a captcha',
      'prejoin',
      `${PREJOIN}<div class="grecaptcha-badge"><iframe src="about:blank#recaptcha" width="256" height="60"></iframe></div>`,
    ],
    ['the call', 'in_call', CALL],
    [
      'the call with its toolbar hidden',
      'in_call',
      `<main>${tile('a', 'Ada')}</main><div style="display:none">${TOOLBAR}</div>`,
    ],
    ['an empty call', 'in_call', `<p>No one else is here</p>${LEAVE}`],
    ['a button to leave', 'unknown', LEAVE],
    ['consent in the call', 'consent', CALL + dialog('This video call is being recorded', 'Join now')],
    [
      'an offer to take notes',
      'in_call',
      CALL + dialog('Take notes for me? Gemini is taking notes', 'Join now'),
    ],
    ['the call was left', 'left', '<h1>You left the meeting</h1><button>Rejoin</button>'],
    [
      'the end, with a button beside the text',
      'removed',
      `<div>${REMOVED} <button>Return to home screen</button></div>`,
    ],
    [
      'the end in a whole page that is not to be translated',
      'removed',
      `<div class="notranslate"><h1>${REMOVED}</h1><p>${'You can close this page now. '.repeat(9)}</p></div>`,
    ],
  ])('%s: %s', async (_, kind, html) => {
    expect((await look(html)).state.kind).toBe(kind);
  });
});

describe('what people write', () => {
  it.each<[string, string]>([
    [
      'a chat line',
      `<aside aria-label="Side panel"><h2>In-call messages</h2><div data-message-id="1"><div>${REMOVED}</div></div></aside>`,
    ],
    ['a chat line in a panel of another make', `<div aria-label="Chat panel"><h2>${REMOVED}</h2></div>`],
    ['a bubble with a chat line', `<div role="status"><b>Ada</b> ${REMOVED}</div>`],
    ['a notice', `<div role="alert"><h2>${REMOVED}</h2></div>`],
    ['the name of a tile', tile('evil', REMOVED)],
    ['a name in the list', peoplePanel([['evil', REMOVED]])],
    ['a name elsewhere', `<h1><span class="notranslate">${REMOVED}</span></h1>`],
    ['a name that is in the list, elsewhere', `${peoplePanel([['evil', REMOVED]])}<h1>${REMOVED}</h1>`],
    ['a caption', `<div role="region" aria-label="Captions"><h2>${REMOVED}</h2></div>`],
    [
      'a message being written',
      `<div contenteditable="true">${REMOVED}</div><textarea>${REMOVED}</textarea>`,
    ],
    ['the call ended, as a chat line', `<div role="log"><p>The call ended</p></div>`],
  ])('is no end: %s', async (_, html) => {
    expect((await look(CALL + html)).state).toMatchObject({ kind: 'in_call', doubt: null });
  });

  it('is no end as the own name, typed or shown', async () => {
    const html = `${PREJOIN.replace('maxlength', `value="${REMOVED}" maxlength`)}<h1>${REMOVED}</h1>`;
    expect((await look(html, REMOVED)).state.kind).toBe('prejoin');
  });

  it('is an end as the page’s own heading, even beside the rest of the call', async () => {
    expect((await look(`${CALL}<h1>${REMOVED}</h1>`)).state).toMatchObject({ doubt: { kind: 'removed' } });
  });
});

it('collects buttons by all they say', async () => {
  const { snapshot } = await look(
    '<button aria-label="More"><i>more_vert</i><span>Ask to join</span></button>',
  );
  expect(snapshot.buttons).toEqual([{ captions: ['Ask to join', 'More'], enabled: true, inDialog: false }]);
});
