// What a guest sees in a Zoom call, in each layout of the web client, and how the call ends.
import type { Browser, Page } from 'playwright';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ScenarioInput } from '../../meetings/scenario.ts';
import { type Lab, startLab } from '../../server.ts';
import { eventually, guestPage, launchGuests } from '../../testing/guest.ts';
import { framed, hears, join, knock, openClient, rowsOf, tones, wake } from '../../testing/zoom-guest.ts';

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

const SINGLE = 0;
const GALLERY = 1;
const OLDER = 2;
/** An open meeting whose toolbar stays: what hides it has tests of its own. */
const meeting = ({ zoom, ...scenario }: ScenarioInput = {}) =>
  lab.createMeeting({
    ...{ platform: 'zoom', participants: 0, access: 'open' },
    zoom: { footer_hides_after_ms: null, ...zoom },
    ...scenario,
  });
const firstGuest = (code: string) => lab.presence(code).guests[0];
const openList = () => page.locator('button[aria-label="open the participants list pane"]').click();
const modalTitle = (text: string) => page.locator('.zm-modal-body-title', { hasText: text });

describe('the toolbar', () => {
  it.each([
    [SINGLE, '#foot-bar'],
    [GALLERY, 'footer.footer'],
    [OLDER, '#wc-footer'],
  ])('hides itself in layout %i until the mouse moves', async (variant, footer) => {
    const { url, code } = meeting({ variant, zoom: { footer_hides_after_ms: 1_500 } });
    await join(page, url);
    await page.locator(footer).waitFor({ state: 'hidden' });
    expect(await page.locator('button[aria-label="Leave"]').isVisible()).toBe(false);
    const leave = page.locator('button.leave-meeting-options__btn--danger');
    await eventually(async () => {
      await wake(page);
      // On a busy machine the toolbar may be gone again before the click.
      if (!(await leave.isVisible())) {
        await page.locator(`${footer} button[aria-label="Leave"]`).click({ timeout: 1_000 });
      }
      await leave.click({ timeout: 1_000 });
    });
    await page.waitForURL(/\/postattendee/);
    expect(firstGuest(code)).toMatchObject({ left_by: 'self' });
  });

  it.each(['labelledby', 'text', 'title'] as const)('can carry its names by %s', async (labels_by) => {
    await join(page, meeting({ labels_by }).url);
    for (const name of ['Leave', 'stop my video', 'open the chat panel']) {
      await page.getByRole('button', { name, exact: true }).waitFor();
    }
    expect(await page.locator('button[aria-label="Leave"]').count()).toBe(0);
  });
});

describe('the sound', () => {
  it.each([
    [SINGLE, 'Join Audio by Computer'],
    [OLDER, 'Join with Computer Audio'],
  ])('comes mixed, once the guest has joined it (layout %i)', async (variant, text) => {
    await join(page, meeting({ variant, participants: 3 }).url);
    await page.locator('video').first().waitFor();
    expect(await page.locator('audio').count()).toBe(0);
    await page.locator('button.join-audio-container__btn', { hasText: text }).click();
    await hears(page, 1);
    await page.locator('button[aria-label="mute my microphone"]').click();
    await page.locator('button[aria-label="unmute my microphone"]').waitFor();
  });

  it('is of everybody who speaks, and of nobody who has left', async () => {
    const turns = ['Ada Park', 'Bruno Keller'].map((name) => ({ name, from_ms: 0, to_ms: 600_000 }));
    const { url, code } = meeting({ participants: 2, turns });
    await join(page, url);
    await page.locator('button.join-audio-container__btn').click();
    await hears(page, 1);
    await eventually(async () => expect(await tones(page, [330, 440, 550])).toEqual([330, 440]));
    lab.act(code, 'everyone_leaves');
    await eventually(async () => expect(await tones(page, [330, 440, 550])).toEqual([]));
  });

  it('can come by itself, in a client within a frame', async () => {
    await openClient(page, meeting({ variant: 3, participants: 1, zoom: { join_audio: 'automatic' } }).url);
    await knock(framed(page));
    await hears(framed(page), 1);
    expect(await framed(page).locator('.join-audio-container').count()).toBe(0);
  });
});

describe('the pictures', () => {
  const names = (selector: string) =>
    page.locator(`${selector} .video-avatar__avatar-footer span`).allTextContents();

  it.each([
    ['single-main-container', false],
    ['single-suspension-container', true],
  ])('of the newest layout are of whoever speaks: %s', async (container, share) => {
    const { url, code } = meeting({ participants: 2, turn_ms: 700, zoom: { share } });
    await join(page, url);
    for (const name of ['Ada Park', 'Bruno Keller', 'Ada Park']) {
      await eventually(async () => expect(await names(`.${container}__video-frame`)).toEqual([name]));
    }
    await page.locator(`.${container}__video-frame video-player video`).waitFor();
    const turns = lab.presence(code).turns.map((turn) => turn.name);
    expect(turns.slice(0, 3)).toEqual(['Ada Park', 'Bruno Keller', 'Ada Park']);
  });

  it.each([
    [GALLERY, '.gallery-video-container__video-frame--active'],
    [OLDER, '.speaker-bar-container__video-frame--active'],
  ])('of layout %i mark the speaker by %s', async (variant, active) => {
    await join(page, meeting({ variant, participants: 2, turn_ms: 700 }).url);
    for (const name of ['Ada Park', 'Bruno Keller']) {
      await eventually(async () => expect(await names(active)).toEqual([name]));
    }
  });

  it('of a large gallery are on several pages', async () => {
    await join(page, meeting({ variant: GALLERY, participants: 20, turns: 'none' }).url, 'Last');
    const frames = page.locator('.gallery-video-container__video-frame');
    const forward = page.locator('.gallery-video-container__switch-button[aria-label="Next page"]');
    await eventually(async () => expect(await frames.count()).toBe(9));
    await forward.click();
    await forward.click();
    await eventually(async () => expect(await frames.count()).toBe(3));
    expect(await names('.gallery-video-container__video-frame')).toContain('Last');
    expect(await forward.isVisible()).toBe(false);
    await page.locator('.gallery-video-container__switch-button--back').click();
    await eventually(async () => expect(await frames.count()).toBe(9));
  });

  it('can say by an attribute, by a meter or not at all who speaks, and can be missing', async () => {
    const variant = GALLERY;
    const people: ScenarioInput = { variant, participants: 2, turn_ms: 600_000 };
    const frame = page.locator('.gallery-video-container__video-frame', { hasText: 'Ada Park' });
    await join(page, meeting({ ...people, speaking_signal: 'attribute' }).url);
    await eventually(async () => expect(await frame.getAttribute('data-speaking')).toBe('true'));
    await join(page, meeting({ ...people, speaking_signal: 'style' }).url);
    await eventually(async () =>
      expect(await frame.locator('.meter').getAttribute('style')).toMatch(/height: ([4-9]|1\d)px/),
    );
    await join(page, meeting({ ...people, speaking_signal: 'none' }).url);
    await frame.waitFor();
    expect(await page.locator('[class*="--active"], [data-speaking], .meter').count()).toBe(0);
    await join(page, meeting({ ...people, no_tiles: true }).url);
    await eventually(async () =>
      expect(await page.locator('.footer-button__number-counter').textContent()).toBe('3'),
    );
    expect(await frame.count()).toBe(0);
  });
});

describe('the participants', () => {
  it('are in a list and counted, with the host and oneself marked', async () => {
    const { url, code } = meeting({ participants: 2 });
    await join(page, url, 'Meeboter');
    await openList();
    await eventually(async () =>
      expect(await rowsOf(page)).toEqual([
        'Ada Park, (Host), unmuted',
        'Bruno Keller, unmuted',
        'Meeboter, (Me), unmuted',
      ]),
    );
    expect(await page.locator('.footer-button__number-counter').textContent()).toBe('3');
    lab.act(code, { action: 'rename', name: 'Bruno Keller', to: 'Bruno, K.' });
    await page
      .locator('#participants-ul .participants-item__display-name', { hasText: 'Bruno, K.' })
      .waitFor();
    lab.act(code, 'everyone_leaves');
    await eventually(async () => expect(await rowsOf(page)).toEqual(['Meeboter, (Me), unmuted']));
  });

  it('are only in part in the page where the list scrolls', async () => {
    await join(page, meeting({ participants: 30, turns: 'none', list_window: 6 }).url, 'Meeboter');
    await openList();
    await eventually(async () => expect(await rowsOf(page)).toHaveLength(6));
    expect(await page.locator('.footer-button__number-counter').textContent()).toBe('31');
    await page.locator('#participants-ul').evaluate((list) => list.scrollTo(0, list.scrollHeight));
    await eventually(async () => expect((await rowsOf(page)).at(-1)).toContain('Meeboter'));
  });

  it('may have a list that goes away, or none, or no count', async () => {
    await join(page, meeting({ list_closes_after_ms: 200, list_closes_into: 'chat' }).url);
    await openList();
    await page.locator('[aria-label="Chat Message List"]').waitFor();
    expect(await page.locator('#participants-ul').count()).toBe(0);
    await join(page, meeting({ no_people_list: true }).url);
    expect(await page.locator('button[aria-label*="participants" i]').count()).toBe(0);
    await join(page, meeting({ no_count: true }).url);
    await openList();
    await page.getByRole('heading', { name: 'Participants', exact: true }).waitFor();
    expect(await page.locator('.footer-button__number-counter').isVisible()).toBe(false);
  });

  it('are said in words in the older toolbar', async () => {
    await join(page, meeting({ variant: OLDER, participants: 2 }).url);
    await page.locator('#wc-footer', { hasText: '3 participants' }).waitFor();
  });
});

it('carries chat between guests and people', async () => {
  const { url, code } = meeting({ participants: 1 });
  await join(page, url, 'One');
  await page.locator('button[aria-label="open the chat panel"]').click();
  const input = page.locator('.chat-rtf-box__editor-outer [contenteditable="true"]');
  await input.pressSequentially('hello all');
  await page.keyboard.press('Enter');
  lab.act(code, { action: 'chat', text: 'hello One' });
  const rows = page.locator('[aria-label="Chat Message List"] [role="row"][aria-label]');
  await eventually(async () => expect(await rows.count()).toBe(2));
  const labels = await rows.evaluateAll((all) => all.map((row) => row.getAttribute('aria-label')));
  expect(labels[0]).toMatch(/^You to Everyone, \d\d:\d\d [AP]M, hello all$/);
  expect(labels[1]).toMatch(/^Ada Park to Everyone, \d\d:\d\d [AP]M, hello One$/);
  expect(await page.locator('[id^="chat-message-content"] .chat-rtf-box__display').allTextContents()).toEqual(
    ['hello all', 'hello One'],
  );
  expect(lab.presence(code).chat.map(({ from, text }) => [from, text])).toEqual([
    ['One', 'hello all'],
    ['Ada Park', 'hello One'],
  ]);
  // At once: six hundred keys take ten seconds on a busy machine.
  await page.keyboard.insertText('x'.repeat(600));
  await page.locator('button[aria-label="send"]').click();
  await eventually(() => expect(lab.presence(code).chat.at(-1)?.text).toHaveLength(600));
}, 30_000);

describe('dialogs in the call', () => {
  it.each([
    [SINGLE, '.zm-modal'],
    [GALLERY, '[role="alertdialog"].zm-modal-legacy'],
    [OLDER, '.ReactModal__Content.recording-disclaimer-dialog'],
  ])('ask for consent in layout %i, and there is no media before', async (variant, dialog) => {
    const { url, code } = meeting({ variant, participants: 1, consent: 'after' });
    await join(page, url);
    await page.locator(dialog, { hasText: 'This meeting is being recorded' }).waitFor();
    expect(await page.locator('video').count()).toBe(0);
    await page.locator('.zm-modal-footer-default-actions button.zm-btn--primary').click();
    await page.locator('video').first().waitFor();
    expect(firstGuest(code)?.consented_at).toBeTruthy();
  });

  it('ask to unmute, which a guest may refuse', async () => {
    const { url, code } = meeting();
    await join(page, url);
    lab.act(code, 'unmute_request');
    await modalTitle('The host would like you to unmute').waitFor();
    await page.getByText('Stay Muted').click();
    expect(firstGuest(code)).toMatchObject({ unmuted_at: null });
  });

  it('ask whether the guest is still there, and end the call for one who is not', async () => {
    const { url, code } = meeting({ still_there_within_ms: 4_000 });
    await join(page, url);
    lab.act(code, 'still_there');
    await page.getByText('Are you still there?').waitFor();
    await page.getByRole('button', { name: 'Stay', exact: true }).click();
    await page.getByText('Are you still there?').waitFor({ state: 'detached' });
    lab.act(code, 'still_there');
    await page.waitForURL(/\/postattendee/);
    expect(firstGuest(code)).toMatchObject({ left_by: 'idle' });
  });

  it('are tips and notes, none of which is an end', async () => {
    const { url, code } = meeting({ popups: true });
    await join(page, url);
    // It goes by itself.
    await page.getByRole('alert').getByText('Your mic is muted').waitFor();
    await page.locator('.relative-tooltip').getByText('Got it').click();
    await page.locator('.settings-feature-tips').getByText('OK').click();
    await page.locator('button[aria-label="open the chat panel"]').click();
    await page.locator('[role="row"]', { hasText: 'removed from the meeting' }).waitFor();
    expect(firstGuest(code)).toMatchObject({ left_at: null });
  });
});

describe('a simulated network loss', () => {
  it('takes the toolbar away and comes back with sound, under another id', async () => {
    const { url, code } = meeting({ participants: 1 });
    await join(page, url);
    await page.locator('button.join-audio-container__btn').click();
    await hears(page, 1);
    lab.act(code, { action: 'reconnect', for_ms: 2_500, new_id: true });
    await page.getByText('Connecting to the meeting').waitFor();
    expect(await page.locator('button[aria-label="Leave"]').count()).toBe(0);
    await page.locator('button[aria-label="Leave"]').waitFor();
    await hears(page, 1);
    await openList();
    await eventually(async () => expect(await rowsOf(page)).toContain('Guest, (Me), unmuted'));
    const id = await page.locator('.participants-li', { hasText: '(Me)' }).getAttribute('id');
    expect(id).not.toBe(`participants-list-${firstGuest(code)?.guest_id}`);
    expect(firstGuest(code)).toMatchObject({ left_at: null });
  });
});

describe('the end of a call', () => {
  it.each([
    [SINGLE, '.zm-modal'],
    [OLDER, 'div[aria-label="Meeting is end now"]'],
  ])('for everyone is told by layout %i in a dialog before the page after it', async (variant, dialog) => {
    const { url, code } = meeting({ variant });
    await join(page, url);
    lab.act(code, 'end');
    await page.locator(dialog, { hasText: 'This meeting has been ended by host' }).waitFor();
    expect(await page.locator('button[aria-label="Leave"]').count()).toBe(0);
    const button = 'button.zm-btn.zm-btn-legacy.zm-btn--primary.zm-btn__outline--blue';
    await page.locator(variant === OLDER ? button : 'button.zm-btn--primary').click();
    await page.waitForURL(/\/postattendee\?id=/);
  });

  it('for one guest is told too, and leads the whole page away from a frame', async () => {
    const { url, code } = meeting({ variant: 4, remove_bot_after_ms: 300 });
    await openClient(page, url);
    await knock(framed(page));
    await framed(page).getByText('You have been removed from the meeting').waitFor();
    expect(firstGuest(code)).toMatchObject({ left_by: 'removed' });
    await framed(page).locator('button.zm-btn--primary').click();
    await page.waitForURL(/\/postattendee/);
  });
});
