import type { Browser, Page } from 'playwright';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { GOOGLE_MEET } from '../google-meet/data.ts';
import { MICROSOFT_TEAMS } from '../microsoft-teams/data.ts';
import { testLease } from '../testing/doubles.ts';
import { ZOOM } from '../zoom/data.ts';
import { dismissPopups } from './popups.ts';
import { englishContext, launchBrowser } from './testing/browser.ts';
import { portOf } from './testing/meet.ts';
import { TIMING } from './timing.ts';

const PLATFORMS = { 'Google Meet': GOOGLE_MEET, 'Microsoft Teams': MICROSOFT_TEAMS, Zoom: ZOOM };

let browser: Browser;
let page: Page;
beforeAll(async () => {
  browser = await launchBrowser();
});
beforeEach(async () => {
  page = await (await englishContext(browser)).newPage();
});
afterEach(() => page.context().close());
afterAll(() => browser.close());

const button = (text: string) => `<button onclick="pressed.push('${text}')">${text}</button>`;

/** What is pressed on a page with this content. */
async function pressedOn(platform: keyof typeof PLATFORMS, html: string): Promise<string[]> {
  await page.setContent(`<!doctype html><script>var pressed = []</script>${html}`);
  const target = { page: portOf(page), data: PLATFORMS[platform], timing: TIMING, log: { info: () => {} } };
  await dismissPopups(target, testLease().held);
  return page.evaluate<string[]>('pressed');
}

const SAYINGS = [
  ['Google Meet', 'Someone in the call denied your request to join'],
  ['Google Meet', "You've been removed from the meeting"],
  ['Microsoft Teams', 'Sorry, but you were denied access to the meeting.'],
  ['Microsoft Teams', 'The meeting has ended.'],
  ['Zoom', 'You have been removed by the host'],
  ['Zoom', 'This meeting has been ended by host'],
] as const;

it.each(SAYINGS)('%s: the button beside "%s" is left alone', async (platform, text) => {
  const forms = [
    `<main><h1>${text}</h1><div>${button('Dismiss')}</div></main>`,
    `<main><div><p>${text}</p></div><div><div>${button('Got it')}</div></div></main>`,
    `<div role="dialog"><p>${text}</p>${button('Dismiss')}</div>`,
  ];
  for (const form of forms) expect(await pressedOn(platform, form), form).toEqual([]);
});

it.each(SAYINGS)(
  '%s: another popup is closed all the same where a person writes "%s"',
  async (platform, text) => {
    const written = `<div role="log"><p>${text}</p></div>`;
    expect(
      await pressedOn(platform, `${written}<section><h2>A tip</h2>${button('Got it')}</section>`),
    ).toEqual(['Got it']);
  },
);
