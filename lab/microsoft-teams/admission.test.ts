// All ways into a Teams call and all refusals, as a guest's page shows them.
import type { Browser, Page } from 'playwright';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ScenarioInput } from '../meetings/scenario.ts';
import { type Lab, startLab } from '../server.ts';
import { eventually, guestPage, launchGuests, open } from '../testing/guest.ts';
import { enter, join, joinButton, knock } from '../testing/teams-guest.ts';

let lab: Lab;
let browser: Browser;
/** Shared by the tests one after the other: opening a new page takes most of a test's time. */
let page: Page;

beforeAll(async () => {
  lab = await startLab();
  browser = await launchGuests(['--use-fake-ui-for-media-stream', '--use-fake-device-for-media-stream']);
  page = await guestPage(browser);
});
afterAll(async () => {
  await browser.close();
  await lab.close();
});

/** Creates a meeting without people: these tests need no media. */
const meeting = (scenario: ScenarioInput = {}) =>
  lab.createMeeting({ platform: 'microsoft-teams', participants: 0, admit_after_ms: 150, ...scenario });
const firstGuest = (code: string) => lab.presence(code).guests[0];
const text = (words: string) => page.getByText(words).waitFor();

describe('the way to the form', () => {
  it.each([
    ['long', 0, '/v2/', /^#\/l\/meetup-join\/19%3ameeting_[\w-]+%40thread\.v2\/0\?context=.*&anon=true$/],
    ['short', 0, '/v2/', /^#\/meet\/\d{12}\?p=\w+&anon=true$/],
    ['long', 1, '/light-meetings/launch', /^$/],
    ['short', 1, '/light-meetings/launch', /^$/],
    ['long', 2, '/v2/', /^#\/l\/meetup-join\//],
  ] as const)('leads from the %s link (variant %i) to %s', async (link, variant, path, hash) => {
    await open(page, meeting({ link, variant }).url);
    expect(new URL(page.url()).pathname).toBe('/dl/launcher/launcher.html');
    await page.getByRole('button', { name: /(from|on) this browser|on the web/ }).click();
    await page.getByPlaceholder('Type your name').waitFor();
    expect(new URL(page.url()).pathname).toBe(path);
    expect(new URL(page.url()).hash).toMatch(hash);
    expect(await page.locator(joinButton).isDisabled()).toBe(true);
  });

  it('may begin with the browser’s question whether to open the app', async () => {
    const own = await guestPage(browser);
    await open(own, meeting({ teams: { opens_app: true } }).url);
    const src = own.locator('#app-link').getAttribute('src');
    expect(await src).toMatch(/^msteams:\/l\/meetup-join\//);
    await own.close();
  });

  it('is short for those who know the client’s own address', async () => {
    const { url, code } = meeting({ access: 'open' });
    const { pathname, search } = new URL(url);
    await open(page, `${lab.origin}/v2/?meetingjoin=true#${pathname}${search}&anon=true`);
    await knock(page, 'Direct');
    await page.locator('#hangup-button').waitFor();
    expect(firstGuest(code)).toMatchObject({ name: 'Direct' });
  });

  it('has no launcher where the scenario has none, and nothing in the page for a while', async () => {
    await open(page, meeting({ teams: { launcher: false }, slow_splash_ms: 2_500 }).url);
    expect(new URL(page.url()).pathname).toBe('/v2/');
    expect(await page.locator('#app > *').count()).toBe(0);
    await page.locator(joinButton).waitFor();
  });

  it('may hop from the light client to the full one, and lose what was typed', async () => {
    const { url } = meeting({ variant: 1, slow_splash_ms: 2_500, teams: { light_hop_after_ms: 1_500 } });
    await enter(page, url);
    await page.locator('#loading-screen').waitFor({ state: 'attached' });
    await page.locator('#prejoin-display-name').fill('Lost');
    await page.waitForURL(/lightExperience=false/);
    const name = page.locator('[data-tid="prejoin-display-name-input"]:not([id])');
    await name.waitFor();
    expect(await name.inputValue()).toBe('');
    await knock(page);
    await page.locator('#hangup-button').waitFor();
  });

  it('asks for the passcode that the link does not carry', async () => {
    await enter(page, meeting({ passcode: 'Kx7.1', access: 'open' }).url);
    const field = page.getByPlaceholder('Type a meeting passcode');
    await field.fill('wrong');
    await page.getByRole('button', { name: 'Join meeting' }).click();
    await text('The meeting ID or passcode is incorrect');
    await field.fill('Kx7.1');
    await page.getByRole('button', { name: 'Join meeting' }).click();
    await knock(page);
    await page.locator('#hangup-button').waitFor();
  });
});

describe('the form', () => {
  it.each([0, 1])('has switches for the devices (variant %i)', async (variant) => {
    const { url, code } = meeting({ variant, never_admit: true });
    await enter(page, url);
    const mute = page.locator('input[role="switch"][data-tid="toggle-mute"]');
    await mute.waitFor();
    expect(await mute.getAttribute('aria-checked')).toBe('true');
    await mute.click();
    expect(await mute.getAttribute('aria-checked')).toBe('false');
    expect(await mute.getAttribute('aria-label')).toBe('Unmute mic');
    await page.locator('[data-tid="toggle-video"][aria-checked="true"]').click();
    expect(await page.getByRole('radio', { name: 'Computer audio' }).isChecked()).toBe(true);
    await knock(page);
    await eventually(() =>
      expect(firstGuest(code)).toMatchObject({ microphone_on: false, camera_on: false }),
    );
  });

  it('has sentences for them in the older layout', async () => {
    await enter(page, meeting({ variant: 2 }).url);
    await page.getByRole('button', { name: 'Mute mic' }).click();
    await text('Your microphone is muted');
    await page.getByTitle('Turn camera off').click();
    await text('Your camera is turned off');
  });

  it('asks twice whether nobody is to hear and see the guest, and forgets the first Join', async () => {
    const { url, code } = meeting({ access: 'open', teams: { av_modal: 'both' } });
    await enter(page, url);
    const go = page.getByRole('button', { name: 'Continue without audio or video' });
    await go.click();
    await knock(page);
    await go.click();
    expect(lab.presence(code).guests).toEqual([]);
    await page.locator(joinButton).click();
    await page.locator('#hangup-button').waitFor();
  });

  it('comes after the gate of the devices, which the browser opens', async () => {
    await enter(page, meeting({ device_gate: true, access: 'open' }).url);
    await knock(page);
    await page.locator('#hangup-button').waitFor();
  });

  it('may be under something that takes the keys for a while', async () => {
    await enter(page, meeting({ teams: { shroud_ms: 2_000 } }).url);
    const name = page.getByPlaceholder('Type your name');
    await name.focus();
    await page.keyboard.type('L');
    expect(await name.inputValue()).toBe('');
    await eventually(async () => {
      await page.keyboard.type('x');
      expect(await name.inputValue()).not.toBe('');
    });
  });

  it.each(['labelledby', 'text', 'title'] as const)('may have names that come from %s', async (labels_by) => {
    await enter(page, meeting({ labels_by, access: 'open' }).url);
    expect(await page.locator('[data-tid="toggle-mute"][aria-label]').count()).toBe(0);
    await page.getByRole('switch', { name: 'Mute mic', exact: true }).click();
    await page.getByRole('textbox', { name: 'Type your name' }).fill('Guest');
    await page.locator(joinButton).click();
    await page.getByRole('button', { name: 'Unmute mic' }).waitFor();
    await page.getByRole('button', { name: 'People' }).click();
    await page.getByRole('tree').waitFor();
  });

  it('may come late, piece by piece, with a field that goes away', async () => {
    const { url } = meeting({ late_dom_ms: 200, name_input_detaches: 1, access: 'open' });
    await enter(page, url);
    const field = page.getByPlaceholder('Type your name');
    await field.waitFor();
    expect(await page.locator(joinButton).count()).toBe(0);
    await field.focus();
    expect(await field.count()).toBe(0);
    await knock(page);
    await page.locator('#hangup-button').waitFor();
  });

  it('is German where no English is asked for', async () => {
    const { url } = meeting();
    await open(page, `${url}&hl=de`);
    await page.getByRole('button', { name: /Von diesem Browser aus/ }).click();
    await page.getByRole('button', { name: 'Jetzt teilnehmen' }).waitFor();
    expect(new URL(page.url()).search).toContain('hl=de');
  });
});

describe('links that lead to no meeting', () => {
  it.each<[string, ScenarioInput]>([
    ['Looks like the meeting URL is incorrect. Please check the URL and try again.', { not_found: true }],
    ['Meeting not found', { not_found: true, variant: 1 }],
    ["Sorry, we couldn't connect you", { blocked: true }],
    ['We need to verify your info before you can join', signIn(0)],
    ['You need to be signed in to Teams to access this meeting', signIn(2)],
    ['External participants are not permitted to join before the event begins', signIn(8)],
    ["Verify you're a real person", { captcha: true }],
  ])('show %o', async (words, scenario) => {
    await enter(page, meeting(scenario).url);
    await text(words);
    expect(await page.locator(joinButton).count()).toBe(0);
    expect(await page.locator('[data-tid="HIP-Captcha-Image"]').count()).toBe(scenario.captcha ? 1 : 0);
  });

  it('include links nobody made, and meetings that are over', async () => {
    await enter(page, `${lab.origin}/meet/123456789012?p=nothing`);
    await text('Looks like the meeting URL is incorrect');
    const { url, code } = meeting();
    lab.act(code, 'end');
    await enter(page, url);
    await text('This meeting has ended');
  });

  it('may open a login page on another host', async () => {
    await enter(page, meeting({ sign_in_required: true }).url);
    await page.locator('input[name="loginfmt"][type="email"]').waitFor();
    expect(new URL(page.url()).hostname).toBe('login.microsoftonline.com.localhost');
  });
});

function signIn(sign_in_wording: number): ScenarioInput {
  return { sign_in_required: true, teams: { sign_in_wording } };
}

describe('a knock', () => {
  it.each([
    [0, 'Someone will let you in shortly'],
    [2, 'Someone in the meeting should let you in soon'],
    [4, "You're in the lobby"],
    [7, 'Your request to join has been sent'],
  ])('leads to a lobby (wording %i) in which Join is still there', async (lobby_wording, words) => {
    const { url, code } = meeting({ never_admit: true, lobby_wording, variant: lobby_wording });
    await enter(page, url);
    await knock(page);
    await text(words);
    expect(await page.locator(joinButton).isDisabled()).toBe(true);
    await page.locator('[data-tid="prejoin-cancel-button"]').click();
    await text('left the meeting');
    expect(firstGuest(code)).toMatchObject({ left_by: 'self', admitted_at: null });
  });

  it.each<[string, ScenarioInput, string]>([
    ['Sorry, but you were denied access to the meeting', { deny_after_ms: 100 }, 'denied'],
    ['Your request to join was declined', { deny_after_ms: 100, variant: 1 }, 'denied'],
    ['No one responded to your request', { no_response_after_ms: 100 }, 'no_response'],
    ["Sorry, we couldn't connect you", { blocked: 'on_knock' }, 'closed'],
    ["Verify you're a real person", { captcha: 'on_knock' }, 'closed'],
  ])('may end with %o', async (words, scenario, left_by) => {
    const { url, code } = meeting(scenario);
    await enter(page, url);
    await knock(page);
    await text(words);
    await eventually(() => expect(firstGuest(code)).toMatchObject({ left_by, admitted_at: null }));
  });

  it('may come to a lobby that dies: Join works again', async () => {
    const { url, code } = meeting({ dead_lobby: { shows: 'words', after_ms: 200 } });
    await enter(page, url);
    await knock(page);
    await eventually(async () => expect(await page.locator(joinButton).isEnabled()).toBe(true));
    await text('Someone will let you in shortly');
    await page.locator(joinButton).click();
    await page.locator('#hangup-button').waitFor();
    expect(lab.presence(code).guests.map(({ left_by }) => left_by)).toEqual(['closed', null]);
  });

  it('may come to a lobby that is empty but for a button', async () => {
    await enter(page, meeting({ dead_lobby: { shows: 'empty', after_ms: 50 } }).url);
    await knock(page);
    await page.locator('[data-tid="calling-retry-cancelbutton"]').waitFor();
    expect((await page.locator('#app').textContent())?.trim()).toBe('Dismiss');
  });

  it.each(['before', 'after'] as const)('may lead to the start page once (%s it)', async (when) => {
    const { url } = meeting({ bounce: { when, times: 1 } });
    await enter(page, url);
    if (when === 'after') await knock(page);
    await page.waitForURL(`${lab.origin}/v2/`);
    await text('Welcome to Microsoft Teams');
    await join(page, url);
  });

  it('may lead to a lobby with a toolbar, and is answered by an action', async () => {
    const { url, code } = meeting({ never_admit: true, toolbar_in_lobby: true });
    await enter(page, url);
    await knock(page);
    for (const id of ['hangup-button', 'microphone-button', 'video-button']) {
      await page.locator(`#${id}`).waitFor();
    }
    expect(await page.locator('#callingButtons-showMoreBtn').count()).toBe(0);
    lab.act(code, 'admit');
    await page.locator('#callingButtons-showMoreBtn').waitFor();
    expect(await page.locator(joinButton).count()).toBe(0);
  });

  it.each(['before', 'after'] as const)('asks for consent %s it', async (consent) => {
    const { url, code } = meeting({ consent, access: 'open' });
    await enter(page, url);
    await knock(page);
    await text('This meeting is being recorded');
    expect(lab.presence(code).guests).toHaveLength(consent === 'before' ? 0 : 1);
    await page.getByRole('dialog').getByRole('button', { name: 'OK' }).click();
    await page.locator('#hangup-button').waitFor();
    if (consent === 'after') await eventually(() => expect(firstGuest(code)?.consented_at).toBeTruthy());
  });
});
