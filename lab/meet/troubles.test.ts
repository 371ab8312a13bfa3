// What can go wrong with a page that has nothing to do with who lets whom in: each trouble of a scenario, as a
// guest's page shows it.
import type { Browser, Page } from 'playwright';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ScenarioInput } from '../meetings/scenario.ts';
import { type Lab, startLab } from '../server.ts';
import { eventually, guestPage, join, knock, launchGuests, open } from '../testing/guest.ts';

let lab: Lab;
let browser: Browser;
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
  lab.createMeeting({ participants: 0, access: 'open', ...scenario });

describe('the way to the lobby', () => {
  it.each(['before', 'after'] as const)('may lead to the start page once, %s the knock', async (when) => {
    const { url, code } = meeting({ bounce: { when, times: 1 }, access: 'ask', admit_after_ms: 50 });
    await open(page, url);
    if (when === 'after') await knock(page);
    await page.waitForURL(`${lab.origin}/landing`);
    await join(page, url);
    await eventually(() =>
      expect(lab.presence(code).guests.map((guest) => guest.left_by)).toEqual(
        when === 'after' ? ['closed', null] : [null],
      ),
    );
  });

  it.each(['words', 'empty'] as const)('may end in a lobby that is dead (%s)', async (shows) => {
    const { url, code } = meeting({
      dead_lobby: { shows, after_ms: 100 },
      access: 'ask',
      admit_after_ms: 50,
    });
    await open(page, url);
    await knock(page);
    await eventually(() => expect(lab.presence(code).guests[0]).toMatchObject({ left_by: 'closed' }));
    lab.act(code, 'admit');
    expect(await page.getByText('Asking to be let in').count()).toBe(shows === 'words' ? 1 : 0);
    await page.getByRole('button', { name: 'Return to home screen' }).waitFor();
    expect(await page.getByRole('button').count()).toBe(shows === 'words' ? 3 : 1);
    await join(page, url);
    expect(lab.presence(code).guests[0]).toMatchObject({ admitted_at: null });
  });

  it('shows late controls one after the other, and a field that goes away', async () => {
    const { url } = meeting({ late_dom_ms: 150, name_input_detaches: 1, slow_page_ms: 300 });
    const asked = Date.now();
    await open(page, url);
    await page.getByText("What's your name?").waitFor();
    expect(Date.now() - asked).toBeGreaterThanOrEqual(300);
    const field = page.getByLabel('Your name');
    await field.focus();
    expect(await field.evaluateAll((all) => all.length)).toBe(0);
    await knock(page, 'Late');
    await page.getByLabel('Chat with everyone').waitFor();
  });

  it('may show the toolbar in the lobby', async () => {
    await open(page, meeting({ access: 'ask', never_admit: true, toolbar_in_lobby: true }).url);
    await knock(page);
    for (const name of ['Leave call', 'Turn off microphone', 'Turn off camera', 'More options']) {
      await page.getByRole('button', { name }).waitFor();
    }
  });
});

describe('the names of controls', () => {
  it.each(['labelledby', 'text', 'title'] as const)('may come from %s', async (labels_by) => {
    await open(page, meeting({ labels_by }).url);
    expect(await page.locator('[aria-label="Turn off microphone"]').count()).toBe(0);
    await page.getByRole('button', { name: 'Turn off microphone' }).click();
    await page.getByRole('button', { name: 'Turn on microphone' }).waitFor();
    await page.getByRole('textbox', { name: 'Your name' }).fill('Guest');
    await page.getByRole('button', { name: 'Join now' }).click();
    await page.getByRole('button', { name: 'People - 1 joined' }).click();
    await page.getByRole('button', { name: 'Chat with everyone' }).waitFor();
  });
});

describe('who is there', () => {
  it('is a list of forty of which eight are in the page', async () => {
    const { url } = meeting({ participants: 40, list_window: 8, turns: 'none' });
    await join(page, url);
    await page.getByRole('button', { name: 'People - 41 joined' }).click();
    const rows = page.getByRole('listitem');
    const seen = new Set<string>();
    await eventually(async () => {
      expect(await rows.count()).toBe(8);
      for (const name of await rows.evaluateAll((all) => all.map((one) => one.ariaLabel ?? '')))
        seen.add(name);
      await page.getByRole('list').evaluate((list) => list.scrollBy(0, 200));
      expect(seen.size).toBe(41);
    });
    expect(await page.locator('[data-audio-level] video').count()).toBe(16);
  });

  it.each<[ScenarioInput, string[]]>([
    [{ no_people_list: true }, ['tiles']],
    [{ no_tiles: true }, ['list', 'count']],
    [{ no_count: true }, ['tiles', 'list']],
  ])('is less to be seen with %o', async (scenario, sources) => {
    await join(page, meeting({ ...scenario, participants: 1, turns: 'none' }).url);
    const list = page.getByRole('button', { name: /^People/ });
    const count = page.getByRole('button', { name: 'People - 2 joined' });
    await eventually(async () => {
      expect((await page.locator('.tile').count()) === 2).toBe(sources.includes('tiles'));
      expect((await list.count()) === 1).toBe(sources.includes('list'));
      expect((await count.count()) === 1).toBe(sources.includes('count'));
    });
    await eventually(async () => expect(await page.locator('audio').count()).toBe(1));
  });

  it.each(['nothing', 'chat'] as const)('is a list that closes into %s', async (list_closes_into) => {
    await join(page, meeting({ list_closes_after_ms: 300, list_closes_into }).url);
    await page.getByRole('button', { name: /^People/ }).click();
    await page.getByRole('list').waitFor();
    await page.getByRole('list').waitFor({ state: 'detached' });
    expect(await page.getByRole('textbox', { name: 'Send a message' }).count()).toBe(
      list_closes_into === 'chat' ? 1 : 0,
    );
  });

  it('changes its names, and may be two of one name', async () => {
    const twins = [
      { name: 'Sam', tone_hz: 330 },
      { name: 'Sam', tone_hz: 440 },
    ];
    const turns = [{ name: 'person-2', from_ms: 0, to_ms: 60_000 }];
    const { url, code } = meeting({ participants: twins, turns });
    await join(page, url);
    const speaking = page.locator('[data-audio-level="6"]');
    await eventually(async () => expect(await speaking.getAttribute('data-participant-id')).toBe('person-2'));
    lab.act(code, { action: 'rename', name: 'person-2', to: 'Sam Two' });
    await eventually(async () => expect(await speaking.locator('.name').textContent()).toBe('Sam Two'));
    const { renames, turns: spoken } = lab.presence(code);
    expect(renames).toMatchObject([{ person_id: 'person-2', from: 'Sam', to: 'Sam Two' }]);
    expect(spoken).toMatchObject([{ person_id: 'person-2', name: 'Sam' }]);
  });

  it('has the guest under another id after a reconnect', async () => {
    const { url, code } = meeting();
    await join(page, url);
    const self = page.locator('.tile:has([data-self-name])');
    const before = await self.getAttribute('data-participant-id');
    lab.act(code, { action: 'reconnect', for_ms: 100, new_id: true });
    await eventually(async () => {
      expect(await page.locator('.tile').count()).toBe(1);
      expect(await self.getAttribute('data-participant-id')).not.toBe(before);
    });
    expect(lab.presence(code).guests).toHaveLength(1);
  });

  it.each([
    ['class', '.tile.Oaajhc'],
    ['style', '.tile:has(.meter[style*="height: 1"])'],
  ] as const)('speaks by %s', async (speaking_signal, mark) => {
    await join(page, meeting({ participants: 1, speaking_signal }).url);
    await page.locator(mark).waitFor();
    expect(await page.locator('[data-audio-level]').count()).toBe(0);
  });
});

describe('a question of the page', () => {
  it('ends the call for a guest that does not say that it is still there', async () => {
    const { url, code } = meeting({ still_there_after_ms: 100, still_there_within_ms: 300 });
    await join(page, url);
    await page.getByText('You left the meeting').waitFor();
    expect(lab.presence(code).guests[0]).toMatchObject({ left_by: 'idle' });
  });

  it('is settled by the answer', async () => {
    const { url, code } = meeting({ still_there_after_ms: 100, still_there_within_ms: 3_000 });
    const asked = Date.now();
    await join(page, url);
    await page.getByText('Are you still there?').waitFor();
    await page.getByRole('button', { name: 'Stay in the call' }).click();
    await eventually(() => expect(Date.now() - asked).toBeGreaterThan(4_000));
    expect(lab.presence(code).guests[0]).toMatchObject({ left_at: null });
  });

  it('may be to unmute, and the log has whoever does', async () => {
    const { url, code } = meeting();
    await open(page, url);
    await page.getByRole('button', { name: 'Turn off microphone' }).click();
    await knock(page);
    await page.getByLabel('Chat with everyone').waitFor();
    for (const answer of ['Stay muted', 'Unmute']) {
      expect(lab.presence(code).guests[0]?.unmuted_at).toBeNull();
      lab.act(code, 'unmute_request');
      await page.getByRole('button', { name: answer }).click();
    }
    await eventually(() => expect(lab.presence(code).guests[0]?.unmuted_at).toBeTruthy());
  });
});

it('removes a guest that was only just admitted', async () => {
  const { url, code } = meeting({ removed_within_ms: 200 });
  await open(page, url);
  await knock(page);
  await page.getByText('You’ve been removed from the meeting').waitFor();
  const [guest] = lab.presence(code).guests;
  expect(Date.parse(guest?.left_at ?? '') - Date.parse(guest?.admitted_at ?? '')).toBeLessThan(1_000);
});
