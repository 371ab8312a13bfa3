// What a guest sees in a call, and how the call ends.
import type { Browser, Page } from 'playwright';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Lab, startLab } from '../../server.ts';
import { eventually, guestPage, join, knock, launchGuests, open } from '../../testing/guest.ts';

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

const PEOPLE = [
  { name: 'Ada', tone_hz: 330 },
  { name: 'Bruno', tone_hz: 440, joins_after_ms: 400, leaves_after_ms: 1_500 },
];

describe('the call page', () => {
  it('lists who is here, with the host and oneself marked', async () => {
    const { url } = lab.createMeeting({ participants: 2, admit_after_ms: 50 });
    await join(page, url, 'Meeboter');
    await page.getByRole('button', { name: 'People - 3 joined' }).click();
    const rows = page.locator('div[aria-label="Participants"][role="list"] div[role="listitem"]');
    await eventually(async () => expect(await rows.count()).toBe(3));
    const texts = await rows.allTextContents();
    expect(texts[0]).toContain('Meeting host');
    expect(texts[2]).toContain('Meeboter (You)');
    expect(await rows.nth(1).getAttribute('aria-label')).toBe('Bruno Keller');
    expect(await rows.nth(1).getAttribute('data-participant-id')).toBe('person-2');
    await page.getByLabel('Turn on captions').click();
    await page.getByLabel('Turn off captions').waitFor();
  });

  it('follows people who come and go', async () => {
    const { url, code } = lab.createMeeting({ participants: PEOPLE, access: 'open' });
    await join(page, url);
    await page.getByRole('button', { name: 'People - 3 joined' }).waitFor();
    await page.getByRole('button', { name: 'People - 2 joined' }).waitFor();
    const [ada, bruno] = lab.presence(code).participants;
    expect(ada).toMatchObject({ name: 'Ada', tone_hz: 330, left_at: null });
    const stayMs = Date.parse(bruno?.left_at ?? '') - Date.parse(bruno?.joined_at ?? '');
    expect(stayMs).toBeGreaterThan(1_000);
    expect(stayMs).toBeLessThan(3_000);
  });

  it('marks who speaks as the log has it', async () => {
    const { url, code } = lab.createMeeting({ participants: 2, access: 'open', turn_ms: 500 });
    await join(page, url);
    const speaking = page.locator('[data-participant-id][data-audio-level]:not([data-audio-level="0"])');
    for (const id of ['person-1', 'person-2', 'person-1']) {
      await eventually(async () => expect(await speaking.getAttribute('data-participant-id')).toBe(id));
    }
    const names = lab.presence(code).turns.map((turn) => turn.name);
    expect(names.slice(0, 3)).toEqual(['Ada Park', 'Bruno Keller', 'Ada Park']);
  });

  it('carries chat between guests and people', async () => {
    const { url, code } = lab.createMeeting({ participants: 1, access: 'open' });
    const [one, two] = [page, await guestPage(browser)];
    await Promise.all([join(one, url, 'One'), join(two, url, 'Two')]);
    for (const guest of [one, two]) await guest.getByLabel('Chat with everyone').click();
    await one.locator('textarea[aria-label="Send a message"]').fill('hello from one');
    await one.keyboard.press('Enter');
    await two.locator('div[data-message-id]', { hasText: 'hello from one' }).waitFor();
    lab.act(code, { action: 'chat', text: 'hello both' });
    await one.locator('div[data-message-id]', { hasText: 'hello both' }).waitFor();
    expect(lab.presence(code).chat.map(({ from, text }) => [from, text])).toEqual([
      ['One', 'hello from one'],
      ['Ada Park', 'hello both'],
    ]);
    await one.getByRole('button', { name: 'People - 3 joined' }).waitFor();
    await two.close();
  });

  it('shows popups and traps, none of which is an end', async () => {
    const { url, code } = lab.createMeeting({ participants: 1, access: 'open', popups: true });
    await join(page, url);
    await page.getByText('Others may see your video differently').waitFor();
    await page.getByRole('dialog').getByText('Got it').click();
    await page.locator('.tip').getByText('Got it').click();
    await page.getByRole('alert').waitFor();
    await page.getByLabel('Chat with everyone').click();
    await page.locator('[data-message-id]', { hasText: 'removed from the meeting' }).waitFor();
    expect(lab.presence(code).guests[0]).toMatchObject({ left_at: null });
  });
});

describe('a simulated network loss', () => {
  it('takes every indicator away and comes back, with the guest present all the time', async () => {
    const { url, code } = lab.createMeeting({
      participants: 1,
      access: 'open',
      reconnect: { after_ms: 300, for_ms: 1_500 },
    });
    // It disappears by itself, so the wait begins before the guest is in the call.
    const lost = page
      .getByText('You lost your network connection. Trying to reconnect.')
      .waitFor()
      .then(async () => {
        expect(await page.getByRole('button').count()).toBe(0);
        expect(await page.locator('[data-participant-id]').count()).toBe(0);
      });
    await Promise.all([lost, join(page, `${url}?hl=en`)]);
    await page.getByLabel('Chat with everyone').waitFor();
    expect(new URL(page.url()).search).toBe('?hl=en&arjcm=1&arra=4&hma=1&hmv=1');
    await page.locator('[data-participant-id="person-1"] video').waitFor();
    expect(lab.presence(code).guests).toHaveLength(1);
    expect(lab.presence(code).guests[0]).toMatchObject({ left_at: null });
  });
});

describe('the end of a call', () => {
  it.each([
    ['You’ve been removed from the meeting', { remove_bot_after_ms: 200 }, 'removed'],
    ['Your host ended the meeting for everyone', { end_after_ms: 200 }, 'ended'],
  ])('shows %o', async (text, scenario, left_by) => {
    const { url, code } = lab.createMeeting({ participants: 1, access: 'open', ...scenario });
    await open(page, url);
    await knock(page);
    await page.getByText(text).waitFor();
    await page.getByRole('button', { name: 'Return to home screen' }).waitFor();
    expect(lab.presence(code).guests[0]).toMatchObject({ left_by });
  });

  it('may leave a guest alone', async () => {
    const { url, code } = lab.createMeeting({
      participants: 2,
      access: 'open',
      everyone_leaves_after_ms: 300,
    });
    await join(page, url);
    await page.getByText("You're the only one here").waitFor();
    await page.getByRole('button', { name: 'People - 1 joined' }).waitFor();
    expect(lab.presence(code).participants.every((person) => person.left_at)).toBe(true);
    await page.getByLabel('Leave call').click();
    await page.getByText('You left the meeting').waitFor();
    expect(lab.presence(code).guests[0]).toMatchObject({ left_by: 'self' });
  });
});
