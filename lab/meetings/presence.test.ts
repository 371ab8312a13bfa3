// "One booking, one bot" is judged by the presence log. So it is tested with real browsers that leave in all
// ways, being killed included.
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join as joinPath } from 'node:path';
import { chromium } from 'playwright';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { findChromium } from '../far-end/chromium.ts';
import { type Lab, startLab } from '../server.ts';
import { eventually, guestPage, join, knock, launchGuests, open } from '../testing/guest.ts';

const RFC3339_MS = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
let lab: Lab;

beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.close());

it('writes two guests as two rows, each with its own times', async () => {
  const browser = await launchGuests();
  const { url, code } = lab.createMeeting({ participants: 0, admit_after_ms: 300 });
  const pages = await Promise.all([guestPage(browser), guestPage(browser)]);
  await Promise.all(pages.map((page) => join(page, url, 'Bot')));
  const { guests } = lab.presence(code);
  expect(guests.map(({ name, left_at }) => [name, left_at])).toEqual([
    ['Bot', null],
    ['Bot', null],
  ]);
  expect(new Set(guests.map((guest) => guest.guest_id)).size).toBe(2);
  for (const { knocked_at, admitted_at } of guests) {
    expect(knocked_at).toMatch(RFC3339_MS);
    expect(Date.parse(admitted_at ?? '') - Date.parse(knocked_at)).toBeGreaterThanOrEqual(299);
  }
  await browser.close();
  await eventually(() =>
    expect(lab.presence(code).guests.map((guest) => guest.left_by)).toEqual(['closed', 'closed']),
  );
});

it('notices a browser that is killed, promptly', async () => {
  const profile = await mkdtemp(joinPath(tmpdir(), 'lab-guest-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: findChromium(),
    args: ['--no-sandbox', '--remote-debugging-port=0'],
    locale: 'en-US',
  });
  const { url, code } = lab.createMeeting({ participants: 0, access: 'open' });
  const page = await context.newPage();
  await page.goto(url);
  await knock(page, 'Doomed');
  await page.getByLabel('Chat with everyone').waitFor();
  // The browser's main process, found by the profile folder that only this test uses.
  const pid = Number(
    execFileSync('pgrep', ['-o', '-f', '--', `--user-data-dir=${profile}`], { encoding: 'utf8' }),
  );
  const killedAt = Date.now();
  process.kill(pid, 'SIGKILL');
  const guest = await eventually(() => {
    const [row] = lab.presence(code).guests;
    expect(row).toMatchObject({ left_by: 'closed' });
    return row;
  }, 3_000);
  expect(Date.parse(guest?.left_at ?? '') - killedAt).toBeLessThan(1_500);
  await rm(profile, { recursive: true, force: true, maxRetries: 5 });
});

it('does not believe in a guest whose page never came', async () => {
  const { code } = lab.createMeeting({ participants: 0, never_admit: true });
  const body = JSON.stringify({ name: 'Ghost', microphone_on: false, camera_on: false });
  const answer = await fetch(`${lab.origin}/lab/guest/${code}/knock`, { method: 'POST', body });
  expect(answer.status).toBe(201);
  await eventually(() => expect(lab.presence(code).guests[0]).toMatchObject({ left_by: 'closed' }));
});

it('tells everybody, in the lobby too, when the meeting ends', async () => {
  const browser = await launchGuests();
  const { url, code } = lab.createMeeting({ participants: 2, never_admit: true });
  const [inCall, waiting] = await Promise.all([guestPage(browser), guestPage(browser)]);
  await Promise.all([open(inCall, url), open(waiting, url)]);
  await knock(inCall, 'In');
  await eventually(() => expect(lab.presence(code).guests).toHaveLength(1));
  lab.act(code, 'admit');
  await knock(waiting, 'Waiting');
  await waiting.getByText('Asking to be let in').waitFor();
  lab.act(code, 'end');
  for (const page of [inCall, waiting]) {
    await page.getByText('Your host ended the meeting for everyone').waitFor();
  }
  const { guests, turns, participants, ended_at } = lab.presence(code);
  expect(ended_at).toMatch(RFC3339_MS);
  expect(guests.map((guest) => guest.left_by)).toEqual(['ended', 'ended']);
  expect(turns.every((turn) => turn.ended_at)).toBe(true);
  expect(participants.every((person) => person.left_at)).toBe(true);
  await browser.close();
});
