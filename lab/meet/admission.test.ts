// All ways into a call and all refusals, as a guest's page shows them.
import type { Browser, Page } from 'playwright';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ScenarioInput } from '../meetings/scenario.ts';
import { type Lab, startLab } from '../server.ts';
import { eventually, guestPage, join, knock, launchGuests, open } from '../testing/guest.ts';

let lab: Lab;
let browser: Browser;
/** Shared by the tests one after the other: opening a new page takes most of a test's time. */
let page: Page;

beforeAll(async () => {
  lab = await startLab();
  browser = await launchGuests();
  page = await guestPage(browser);
});
afterAll(async () => {
  await browser.close();
  await lab.close();
});

/** Creates a meeting without people: these tests need no media. */
const meeting = (scenario: ScenarioInput = {}) =>
  lab.createMeeting({ participants: 0, admit_after_ms: 150, ...scenario });
const firstGuest = (code: string) => lab.presence(code).guests[0];

describe('the pre-join page', () => {
  it('has the platform’s controls and traps', async () => {
    // It is visible only for a moment, so the wait begins before the page is opened.
    const splash = page.getByText('Getting ready…').waitFor();
    await Promise.all([splash, open(page, `${meeting({ slow_splash_ms: 600 }).url}?hl=en`)]);
    await page.getByLabel('Your name').waitFor();
    expect(await page.locator('audio').count()).toBeGreaterThan(0);
    expect(await page.locator('iframe[src*="recaptcha"]').isVisible()).toBe(false);
    await page.getByRole('link', { name: 'Sign in' }).waitFor();
    await page.getByText('Other ways to join').waitFor();
    expect(await page.getByRole('button', { name: 'Ask to join' }).isDisabled()).toBe(true);
    await page.locator('div[aria-label="Turn off microphone"]').click();
    await page.locator('div[aria-label="Turn on microphone"]').waitFor();
    await page.locator('div[aria-label="Turn off camera"]').press('Enter');
    await page.locator('div[aria-label="Turn on camera"]').waitFor();
  });

  it('takes a name typed into a field that was replaced meanwhile', async () => {
    const { url, code } = meeting({ name_input_rerenders: 1, access: 'open' });
    await open(page, url);
    await page.getByLabel('Your name').fill('Lost');
    await eventually(async () => expect(await page.getByLabel('Your name').inputValue()).toBe(''));
    await knock(page, 'Kept');
    await page.getByLabel('Meeting details').waitFor();
    expect(firstGuest(code)).toMatchObject({ name: 'Kept', microphone_on: true, camera_on: true });
  });

  it('comes after the device gate', async () => {
    await open(page, meeting({ device_gate: true, popups: true }).url);
    await page.getByText('Continue without microphone and camera').click();
    await page.getByText('Dismiss').click();
    await page.getByLabel('Your name').fill('Guest');
  });

  it('is German where no English is asked for', async () => {
    await open(page, `${meeting().url}?hl=de`);
    await page.locator('//button[.//span[text()="Teilnahme erbitten"]]').waitFor();
    await page.getByLabel('Mikrofon deaktivieren').waitFor();
  });
});

describe('links that lead to no meeting', () => {
  it.each<[string, ScenarioInput]>([
    ['Check your meeting code', { not_found: true }],
    ["You can't join this video call", { blocked: true }],
  ])('show %o', async (text, scenario) => {
    await open(page, meeting(scenario).url);
    await page.getByText(text).waitFor();
  });

  it('include codes nobody made', async () => {
    await open(page, `${lab.origin}/abc-defg-hij`);
    await page.getByText('Check your meeting code').waitFor();
  });

  it('redirect to the sign-in page', async () => {
    await open(page, meeting({ sign_in_required: true }).url);
    await page
      .locator('//h1[contains(.,"Sign in")]/parent::*[.//*[contains(text(),"your Google Account")]]')
      .waitFor();
    expect(new URL(page.url()).pathname).toBe('/v3/signin/identifier');
  });

  it('show a captcha of a captcha’s size', async () => {
    await open(page, meeting({ captcha: true }).url);
    const frame = page.locator('iframe[src*="recaptcha"]:visible');
    await frame.waitFor();
    const box = await frame.boundingBox();
    expect(box?.width).toBeGreaterThanOrEqual(120);
    expect(box?.height).toBeGreaterThanOrEqual(40);
  });
});

describe('a knock', () => {
  it.each([
    [0, "You'll join the call when someone lets you in"],
    [1, 'You’ll join the call when someone lets you in'],
    [2, 'Please wait until a meeting host brings you into the call'],
    [3, 'Please wait until a meeting host admits you to the call'],
    [4, 'Waiting for the host to let you in'],
    [5, 'Waiting for the host to join'],
  ])('leads to a lobby (wording %i) that looks like a call in places', async (lobby_wording, text) => {
    const { url, code } = meeting({ never_admit: true, lobby_wording });
    await open(page, url);
    await knock(page);
    await page.getByText(text).waitFor();
    for (const name of ['Leave call', 'Return to home screen', 'Cancel']) {
      expect(await page.getByRole('button', { name }).isVisible()).toBe(true);
    }
    expect(await page.getByLabel('Chat with everyone').count()).toBe(0);
    await page.getByLabel('Leave call').click();
    await page.waitForURL(`${lab.origin}/`);
    expect(firstGuest(code)).toMatchObject({ left_by: 'self', admitted_at: null });
  });

  it.each<[string, ScenarioInput, string | null]>([
    ['Someone in the call denied your request to join', { deny_after_ms: 100 }, 'denied'],
    ['No one responded to your request to join the call', { no_response_after_ms: 100 }, 'no_response'],
    ["You can't join this video call", { blocked: 'on_knock' }, 'closed'],
    ['Confirm that you’re not a robot', { captcha: 'on_knock' }, 'closed'],
  ])('may end with %o', async (text, scenario, left_by) => {
    const { url, code } = meeting(scenario);
    await open(page, url);
    await knock(page);
    await page.getByText(text).waitFor();
    await eventually(() => expect(firstGuest(code)).toMatchObject({ left_by, admitted_at: null }));
  });

  it('is answered by an action where the scenario leaves it alone', async () => {
    const { url, code } = meeting({ never_admit: true });
    await open(page, url);
    await knock(page);
    await page.getByText('Asking to be let in').waitFor();
    lab.act(code, 'admit');
    await page.getByLabel('Chat with everyone').waitFor();
  });

  it('is not needed in an open meeting', async () => {
    await open(page, meeting({ access: 'open' }).url);
    await page.getByLabel('Your name').fill('Guest');
    expect(await page.getByText('Ask to join').count()).toBe(0);
    await page.locator('//button[.//span[text()="Join now"]]').click();
    await page.getByText("You're the only one here").waitFor();
  });
});

describe('recording consent', () => {
  const accept = 'div[aria-modal="true"][role="dialog"] button[data-mdc-dialog-action="ok"]';

  it('comes before the knock and again in the call', async () => {
    const { url, code } = meeting({ consent: 'both' });
    await open(page, url);
    await knock(page);
    await page.getByText('This video call is being recorded').waitFor();
    expect(lab.presence(code).guests).toEqual([]);
    await page.locator(accept).click();
    await page.getByLabel('Chat with everyone').waitFor();
    await page.locator(accept).click();
    await eventually(() => expect(firstGuest(code)?.consented_at).toBeTruthy());
    expect(await page.getByRole('dialog').count()).toBe(0);
  });

  it('refused in the call is leaving', async () => {
    const { url, code } = meeting({ consent: 'after' });
    await join(page, url);
    await page.getByRole('dialog').getByText('Cancel').click();
    await page.getByText('You left the meeting').waitFor();
    expect(firstGuest(code)).toMatchObject({ consented_at: null, left_by: 'self' });
  });
});
