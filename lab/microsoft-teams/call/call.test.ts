// What a guest sees in a Teams call, in each layout of the client, and how the call ends.
import type { Browser, Page } from 'playwright';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ScenarioInput } from '../../meetings/scenario.ts';
import { type Lab, startLab } from '../../server.ts';
import { eventually, guestPage, launchGuests } from '../../testing/guest.ts';
import { enter, join, knock } from '../../testing/teams-guest.ts';

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

const meeting = (scenario: ScenarioInput = {}) =>
  lab.createMeeting({
    ...{ platform: 'microsoft-teams', access: 'open', turns: 'none', participants: PEOPLE },
    ...scenario,
  });
const PEOPLE: ScenarioInput['participants'] = [
  { name: 'Ada Park', tone_hz: 330 },
  { name: 'Bruno', tone_hz: 440, badge: 'external' },
  { name: 'Chloé', tone_hz: 550, badge: 'guest' },
];
const people = () => page.getByRole('button', { name: 'People' });

describe('the layouts', () => {
  it.each([
    [
      0,
      [
        '#hangup-button',
        '#callingButtons-showMoreBtn',
        '#raisehands-button',
        '#roster-button',
        '#chat-button',
      ],
    ],
    [
      1,
      [
        ...[
          '[data-tid="calling-toolbar"]',
          '[data-tid="modern-stage-wrapper"]',
          '[data-tid="callingScreen"]',
        ],
        ...['[data-inp="hangup-button"]:not([id])', '#microphone-button', '#custom-view-button'],
      ],
    ],
    [
      2,
      ['[data-tid="hangup-main-btn"]', '[data-tid="toggle-chat"]', '[data-cid="calling-participant-stream"]'],
    ],
  ] as const)('have marks of their own (variant %i)', async (variant, marks) => {
    await join(page, meeting({ variant }).url);
    for (const mark of marks) await page.locator(mark).first().waitFor({ state: 'attached' });
    await page.getByRole('button', { name: 'Turn camera off' }).click();
    await page.getByRole('button', { name: 'Turn camera on' }).waitFor();
  });

  it.each([
    [0, '[data-tid^="participantsInCall-"]', (row: Element) => row.querySelector('span[title]')?.textContent],
    [1, '[data-cid="roster-participant"]', (row: Element) => row.getAttribute('aria-label')?.split(', ')[0]],
    [2, '[data-tid="roster-participant"]', (row: Element) => row.querySelector('[title]')?.textContent],
  ] as const)('list who is here, with their badges (variant %i)', async (variant, rows, nameOf) => {
    await join(page, meeting({ variant }).url, 'Meeboter');
    await people().click();
    await page.locator('[role="tree"]').waitFor();
    await eventually(async () => expect(await page.locator(rows).count()).toBe(4));
    const names: unknown[] = [];
    for (const row of await page.locator(rows).all()) names.push(await row.evaluate(nameOf));
    expect(names).toEqual(['Ada Park', 'Bruno', 'Chloé (Guest)', 'Meeboter (Unverified)']);
    expect(await page.locator(rows).nth(1).textContent()).toContain('External');
    expect(await page.locator('[data-tid="toolbar-item-badge"]').textContent()).toBe('4');
  });

  it('have the name in the tile’s data-tid, and a picture and a voice in the tile', async () => {
    await join(page, meeting().url, 'Meeboter');
    await page.locator('[data-stream-type="Video"][data-tid="Chloé (Guest)"] video').waitFor();
    await eventually(async () => {
      const tiles = page.locator('[data-stream-type][data-tid]');
      expect(await tiles.evaluateAll((all) => all.map((tile) => tile.getAttribute('data-tid')))).toEqual([
        'Ada Park',
        'Bruno',
        'Chloé (Guest)',
      ]);
      expect(await page.locator('audio').count()).toBe(3);
    });
    const tag = page.locator('[data-tid="Bruno"] [data-tid="participant-info-nametag"]');
    expect(await tag.textContent()).toBe('Bruno');
  });
});

describe('who speaks', () => {
  const turns = [{ name: 'Bruno', from_ms: 0, to_ms: 60_000 }];

  it.each([
    ['class', 0, '[data-tid="Bruno"] [data-tid="voice-level-stream-outline"].vdi-frame-occlusion'],
    ['class', 2, '[aria-label="Bruno"] [data-tid="participant-speaker-ring"].vdi-frame-occlusion'],
    ['style', 0, '[data-tid="Bruno"] [data-tid="voice-level-stream-outline"] .meter[style*="height: 1"]'],
    ['attribute', 1, '[data-tid="Bruno"] [data-tid="voice-level-stream-outline"][aria-current="true"]'],
  ] as const)('is marked by %s (variant %i)', async (speaking_signal, variant, mark) => {
    await join(page, meeting({ turns, variant, speaking_signal }).url);
    await page.locator(mark).waitFor();
    expect(await page.locator('.vdi-frame-occlusion').count()).toBe(speaking_signal === 'class' ? 1 : 0);
  });

  it('is said by captions, whose rows change in place', async () => {
    const { url, code } = meeting({ turns });
    await join(page, url);
    await page.locator('#callingButtons-showMoreBtn').click();
    await page.locator('#closed-captions-button').click();
    const pane = page.locator('[data-tid="closed-caption-renderer-wrapper"]');
    const lines = pane.locator('[data-tid="closed-caption-text"]');
    await lines.first().waitFor();
    const row = await lines.first().elementHandle();
    const early = await row?.textContent();
    await eventually(async () => expect(await row?.textContent()).toMatch(/[a-z]\.$/));
    expect(early).not.toBe(await row?.textContent());
    expect(await pane.locator('[data-tid="author"]').first().textContent()).toBe('Bruno');
    const said = lab.presence(code).captions.map((caption) => caption.text);
    expect(said).toContain(await row?.textContent());
    await page.locator('#callingButtons-showMoreBtn').click();
    await page.getByText('Hide live captions').click();
    expect(await pane.isVisible()).toBe(false);
  });

  it('has captions in another menu, or none', async () => {
    await join(page, meeting({ teams: { speech_menu: true }, participants: 0 }).url);
    await page.getByRole('button', { name: 'More' }).click();
    await page.locator('#LanguageSpeechMenuControl-id').click();
    expect(await page.locator('#closed-captions-button').textContent()).toBe('Show live captions');
    await join(page, meeting({ no_captions: true, participants: 0 }).url);
    await page.getByRole('button', { name: 'More' }).click();
    await page.locator('#incoming-video-button').waitFor();
    expect(await page.locator('#closed-captions-button').count()).toBe(0);
  });
});

describe('the chat', () => {
  it.each([0, 1])('takes what is typed, and not what a script puts there (variant %i)', async (variant) => {
    const { url, code } = meeting({ variant, participants: 1 });
    await join(page, url, 'Meeboter');
    await page.getByRole('button', { name: 'Chat' }).click();
    const editor = page.locator('[data-tid="ckeditor"] [contenteditable="true"]');
    await editor.evaluate((element) => {
      element.textContent = 'from a script';
    });
    const send = page.locator('[data-tid="newMessageCommands-send"]');
    await send.click();
    await editor.click();
    await page.keyboard.type('typed');
    if (variant === 0) await page.keyboard.press('Enter');
    else await send.click();
    lab.act(code, { action: 'chat', text: 'hello' });
    await page.locator('[data-tid="messageBodyContent"]', { hasText: 'hello' }).waitFor();
    const authors = page.locator('[data-tid="chat-pane-message"] [data-tid="message-author-name"]');
    expect(await authors.allTextContents()).toEqual(['Meeboter', 'Ada Park']);
    expect(lab.presence(code).chat.map(({ text }) => text)).toEqual(['typed', 'hello']);
    await page.getByText('Meeboter was invited to the meeting').waitFor();
  });
});

describe('what comes up in a call', () => {
  it('is no end of it', async () => {
    const { url, code } = meeting({ popups: true, participants: 0 });
    await join(page, url);
    await page.getByRole('alert').getByText('Recording and transcription have started.').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'OK' }).click();
    await page.locator('button[aria-label="Close"]').first().click();
    lab.act(code, 'unmute_request');
    await page.getByText('The host would like you to unmute').waitFor();
    await page.getByRole('button', { name: 'Stay muted' }).click();
    expect(lab.presence(code).guests[0]).toMatchObject({ left_at: null, unmuted_at: null });
  });

  it('may be a question that ends it unless it is answered', async () => {
    const { url, code } = meeting({ still_there_after_ms: 50, still_there_within_ms: 400, participants: 0 });
    await join(page, url);
    await page.locator('[data-tid="anon-meeting-end-screen-rejoin-button"]').waitFor();
    expect(lab.presence(code).guests[0]).toMatchObject({ left_by: 'idle' });
  });

  it('may be a reconnect, with a new id', async () => {
    const { url, code } = meeting({ participants: 1 });
    await join(page, url, 'Meeboter');
    await people().click();
    const own = page.locator('[data-tid="participantsInCall-Meeboter"]');
    const before = await own.getAttribute('id');
    lab.act(code, { action: 'reconnect', for_ms: 300, new_id: true });
    await page.getByText('Reconnecting').waitFor();
    await people().click();
    await eventually(async () => expect(await own.getAttribute('id')).not.toBe(before));
    expect(await page.locator('[data-stream-type][data-tid]').count()).toBe(1);
  });

  it('may be forty people of whom the list shows some, and a new name', async () => {
    const { url, code } = meeting({ participants: 40, list_window: 6 });
    await join(page, url, 'Meeboter');
    await people().click();
    await eventually(async () => expect(await page.getByRole('treeitem').count()).toBe(6));
    await page.getByText('In this meeting (41)').waitFor();
    lab.act(code, { action: 'rename', name: 'Ada Park', to: 'Ada (Home)' });
    await page.locator('[data-stream-type][data-tid="Ada (Home)"]').waitFor();
  });

  it.each<[ScenarioInput, number, number, number]>([
    [{ no_tiles: true }, 0, 1, 1],
    [{ no_count: true }, 3, 1, 0],
    [{ no_people_list: true }, 3, 0, 0],
  ])('may be less than everything: %o', async (scenario, tiles, lists, counts) => {
    await join(page, meeting(scenario).url);
    await eventually(async () => {
      expect(await page.locator('[data-stream-type][data-tid]').count()).toBe(tiles);
      expect(await people().count()).toBe(lists);
      expect(await page.locator('[data-tid="toolbar-item-badge"]').count()).toBe(counts);
      expect(await page.locator('audio').count()).toBe(3);
    });
  });

  it('may be a list that gives way to the chat', async () => {
    await join(page, meeting({ list_closes_after_ms: 300, list_closes_into: 'chat', participants: 0 }).url);
    await people().click();
    await page.getByRole('tree').waitFor();
    await page.locator('[data-tid="ckeditor"]').waitFor();
    expect(await page.getByRole('tree').count()).toBe(0);
  });
});

describe('the end of a call', () => {
  it.each([
    ["You've been removed from this meeting", { remove_bot_after_ms: 200 }, 'removed', 0],
    ['Removed from the meeting', { removed_within_ms: 100 }, 'removed', 1],
    ['The meeting has ended', { end_after_ms: 200 }, 'ended', 0],
    ['The call has ended', { end_after_ms: 200 }, 'ended', 2],
  ])('shows %o', async (text, scenario, left_by, variant) => {
    const { url, code } = meeting({ participants: 0, ...scenario, variant });
    await enter(page, url);
    await knock(page);
    await page.getByText(text).waitFor();
    await page.locator('[data-tid="anon-meeting-end-screen-rejoin-button"]').waitFor();
    const isRetry = (await page.locator('#calling-retry-screen-title').count()) === 1;
    expect(isRetry).toBe(left_by === 'removed');
    if (variant === 2) expect(new URL(page.url()).pathname).toBe('/v2/postmeeting');
    expect(lab.presence(code).guests[0]).toMatchObject({ left_by });
  });

  it.each([0, 1, 2])('may be the guest’s own wish, and Rejoin leads back (variant %i)', async (variant) => {
    const { url, code } = meeting({ participants: 0, variant });
    await join(page, url);
    await page.getByText(/only one|Waiting for others/).waitFor();
    await page.getByRole('button', { name: 'Leave (Ctrl+Shift+H)' }).click();
    await page.getByText('left the meeting').waitFor();
    expect(lab.presence(code).guests[0]).toMatchObject({ left_by: 'self' });
    await page.locator('[data-tid="anon-meeting-end-screen-rejoin-button"]').click();
    await page.getByPlaceholder('Type your name').waitFor();
  });
});
