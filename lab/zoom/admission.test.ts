// The way from Zoom's preview into the call, with everything that can lie on it, as a guest's page shows it.
import type { Browser, Locator, Page } from 'playwright';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ScenarioInput } from '../meetings/scenario.ts';
import { type Lab, startLab } from '../server.ts';
import { eventually, guestPage, launchGuests } from '../testing/guest.ts';
import { framed, hears, join, knock, openClient } from '../testing/zoom-guest.ts';

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

/** Creates a meeting without people: most of these tests need no media. */
const meeting = (scenario: ScenarioInput = {}) =>
  lab.createMeeting({ platform: 'zoom', participants: 0, admit_after_ms: 150, ...scenario });
const firstGuest = (code: string) => lab.presence(code).guests[0];
/** What lies over the middle of an element: the opening tag of that, or nothing. */
const coverOf = (element: Locator) =>
  element.evaluate((one) => {
    const { x, y, width, height } = one.getBoundingClientRect();
    const top = document.elementFromPoint(x + width / 2, y + height / 2);
    return top && !one.contains(top) ? (top.outerHTML.match(/^<[^>]*>/)?.[0] ?? '') : '';
  });
const joinButton = () => page.locator('button.preview-join-button');

describe('the preview', () => {
  it('has toggles whose names say what they do next', async () => {
    await openClient(page, meeting({ zoom: { microphone_ready_after_ms: 3_000 } }).url);
    const microphone = page.locator('#preview-audio-control-button');
    await microphone.click();
    expect(await microphone.getAttribute('aria-label')).toBe('Mute');
    await eventually(async () => {
      await microphone.click();
      expect(await microphone.getAttribute('aria-label')).toBe('Unmute');
    });
    await page.locator('svg.SvgAudioMute').waitFor();
    await page.locator('#preview-video-control-button[aria-label="Stop Video"]').click();
    await page.locator('#preview-video-control-button[aria-label="Start Video"] svg.SvgVideoOff').waitFor();
  });

  it('hears real keys only', async () => {
    const { url, code } = meeting({ access: 'open' });
    await openClient(page, url);
    await page.locator('#input-for-name').fill('Set');
    expect(await joinButton().getAttribute('class')).toContain('disabled');
    await joinButton().click();
    expect(await page.locator('#input-for-name').inputValue()).toBe('Set');
    await page.locator('#input-for-name').fill('');
    await knock(page, 'Typed');
    await eventually(() => expect(firstGuest(code)).toMatchObject({ name: 'Typed' }));
  });

  it('hears an input method, which sends no keys', async () => {
    const { url, code } = meeting({ access: 'open' });
    await openClient(page, url);
    await page.locator('#input-for-name').focus();
    await page.keyboard.insertText('会議');
    await joinButton().click();
    await eventually(() => expect(firstGuest(code)).toMatchObject({ name: '会議' }));
  });

  it('can have a Join button that is covered, and a form that is made anew', async () => {
    const { url, code } = meeting({ zoom: { covered_join: true }, name_input_rerenders: 1 });
    await openClient(page, url);
    const name = page.locator('#input-for-name');
    await name.press('L');
    await eventually(async () => expect(await name.inputValue()).toBe(''));
    await name.pressSequentially('Kept');
    expect(await coverOf(joinButton())).toContain('preview-meeting-info');
    await joinButton().dispatchEvent('click');
    await eventually(() => expect(firstGuest(code)).toMatchObject({ name: 'Kept' }));
  });

  it('asks for the passcode that the link lacks, and refuses a wrong one', async () => {
    const { url, code } = meeting({ passcode: 'abc123', access: 'open' });
    expect(new URL(url).search).toBe('');
    await openClient(page, url);
    await page.getByText('Enter Meeting Info').waitFor();
    await page.locator('#input-for-name').pressSequentially('Guest');
    expect(await joinButton().getAttribute('class')).toContain('disabled');
    await page.locator('#input-for-pwd').pressSequentially('wrong');
    await joinButton().click();
    await page.getByText('Passcode wrong').waitFor();
    expect(lab.presence(code).guests).toEqual([]);
    await page.locator('#input-for-pwd').fill('');
    await page.locator('#input-for-pwd').pressSequentially('abc123');
    await joinButton().click();
    await page.locator('#foot-bar').waitFor();
    await openClient(page, `${url}?pwd=abc123`);
    await page.getByText('Join Meeting').waitFor();
    expect(await page.locator('#input-for-pwd').count()).toBe(0);
  });

  it('is covered by cookies until they are answered', async () => {
    await openClient(page, meeting({ zoom: { cookie_banner: true } }).url);
    const name = page.locator('#input-for-name');
    await name.waitFor();
    expect(await coverOf(name)).toContain('onetrust');
    await page.locator('#onetrust-accept-btn-handler').click();
    expect(await coverOf(name)).toBe('');
  });

  it.each<['agree' | 'disclaimer', string]>([
    ['agree', '#wc_agree1'],
    ['disclaimer', '#disclaimer_agree'],
  ])('comes after the terms (%s)', async (terms, button) => {
    await openClient(page, meeting({ zoom: { terms } }).url);
    await page.locator(button).waitFor();
    expect(await page.locator('#input-for-name').count()).toBe(0);
    await page.locator(button).click();
    await page.locator('#input-for-name').click();
  });

  it('comes late, one control after the other', async () => {
    await openClient(page, meeting({ late_dom_ms: 1_000 }).url);
    await page.locator('#input-for-name').waitFor();
    expect(await joinButton().count()).toBe(0);
    await joinButton().waitFor();
  });
});

describe('the question for the devices', () => {
  const people: ScenarioInput = { participants: 1, access: 'open', zoom: { permission_dialogs: 2 } };

  it('comes twice, and sound comes with permission', async () => {
    await openClient(page, meeting(people).url);
    await page.getByRole('dialog', { name: 'Use microphone and camera' }).getByText('Allow').click();
    await page.getByRole('dialog', { name: 'Use microphone' }).getByText('Allow').click();
    await knock(page);
    await page.getByText('Join Audio by Computer').click();
    await hears(page, 1);
  });

  it('means a silent page when it is refused', async () => {
    await openClient(page, meeting(people).url);
    for (const _ of [1, 2]) await page.getByText('Continue without microphone and camera').click();
    await knock(page);
    await page.getByText('Join Audio by Computer').click();
    await page.locator('video').waitFor();
    expect(await page.locator('#app audio, body > audio:not(.mic-preview)').count()).toBe(0);
  });
});

describe('joining', () => {
  it('shows a spinner with an empty picture, which may stay for ever', async () => {
    const { url, code } = meeting({ zoom: { joining_hangs: 1 } });
    await openClient(page, url);
    await knock(page);
    await page.getByText('Joining Meeting…').waitFor();
    expect(await page.locator('#video-share-layout video-player').count()).toBe(1);
    expect(await page.locator('#video-share-layout video-player').innerHTML()).toBe('');
    expect(lab.presence(code).guests).toEqual([]);
    await page.reload();
    await knock(page);
    await eventually(() => expect(firstGuest(code)?.admitted_at).toBeTruthy());
  });

  it.each<[string, ScenarioInput]>([
    ['This meeting has reached the maximum number of participants', { zoom: { full: true } }],
    ['We detected you may be a bot', { blocked: 'on_knock' }],
    ['Type the characters you see', { captcha: 'on_knock' }],
    ['Your network connection has timed out', { no_response_after_ms: 100 }],
  ])('may end with %o', async (text, scenario) => {
    await openClient(page, meeting(scenario).url);
    await knock(page);
    await page.getByText(text).waitFor();
  });

  it('may need consent to the recording first', async () => {
    const { url, code } = meeting({ consent: 'before' });
    await openClient(page, url);
    await knock(page);
    await page.locator('.zm-modal', { hasText: 'This meeting is being recorded' }).waitFor();
    expect(lab.presence(code).guests).toEqual([]);
    await page.locator('.zm-modal-footer-default-actions button.zm-btn--primary').click();
    await page.locator('#foot-bar').waitFor();
  });
});

describe('the waiting room', () => {
  it.each([
    [0, 'Please wait, the meeting host will let you in soon.'],
    [1, "Host has joined. We've let them know you're here"],
    [2, 'Waiting for the host to start this meeting'],
    [3, 'Waiting for the host to start the meeting'],
    [4, 'You will be admitted shortly'],
    [5, 'The host will let you in soon'],
  ])('has wordings (%i), inside of the call’s own element', async (lobby_wording, text) => {
    const { url, code } = meeting({ never_admit: true, lobby_wording });
    await openClient(page, url);
    await knock(page);
    await page.locator('.meeting-app').getByText(text).waitFor();
    expect(await page.locator('.meeting-app audio').count()).toBe(1);
    expect(await page.locator('button[aria-label="Leave"]').count()).toBe(0);
    lab.act(code, 'admit');
    await page.locator('#foot-bar').waitFor();
  });

  it('can have the call’s toolbar, and curly apostrophes', async () => {
    const scenario = { toolbar_in_lobby: true, zoom: { curly: true }, lobby_wording: 1, never_admit: true };
    const { url, code } = meeting(scenario);
    await openClient(page, url);
    await knock(page);
    await page.getByText('We’ve let them know you’re here').waitFor();
    await page.locator('button[aria-label="mute my microphone"]').waitFor();
    await page.locator('button[aria-label="Leave"]').click();
    await page.locator('button.leave-meeting-options__btn--danger').click();
    await page.waitForURL(/\/postattendee/);
    expect(firstGuest(code)).toMatchObject({ left_by: 'self', admitted_at: null });
  });

  it('may end with a refusal', async () => {
    const { url, code } = meeting({ deny_after_ms: 100 });
    await openClient(page, url);
    await knock(page);
    await page.locator('.zm-modal-body-title', { hasText: 'You have been removed' }).waitFor();
    expect(firstGuest(code)).toMatchObject({ left_by: 'denied', admitted_at: null });
    await page.locator('button.zm-btn--primary').click();
    await page.waitForURL(/\/postattendee/);
  });

  it('may be dead behind its words, or lose them', async () => {
    for (const shows of ['words', 'empty'] as const) {
      const { url, code } = meeting({ dead_lobby: { shows, times: 1, after_ms: 50 } });
      await openClient(page, url);
      await knock(page);
      await eventually(() => expect(firstGuest(code)).toMatchObject({ left_by: 'closed' }));
      expect(await page.getByText('let you in soon').count()).toBe(shows === 'words' ? 1 : 0);
      await join(page, url);
    }
  });

  it('may give way to the start page without a word', async () => {
    const { url } = meeting({ bounce: { when: 'after', times: 1 }, variant: 3 });
    await openClient(page, url);
    await knock(framed(page));
    await page.waitForURL(`${lab.origin}/join`);
  });
});
