// The whole program as a process, against a fake API that can fail on request and a meeting that is one page.
import { readdir } from 'node:fs/promises';
import { afterEach, expect, test, vi } from 'vitest';
import { probe } from './testing/probe.ts';
import { api, book, bot, endBooking, inCall, leftovers, unrecorded } from './testing/program.ts';
import { until } from './testing/run-bot.ts';

// Each test takes seconds, and longer on a busy machine.
vi.setConfig({ testTimeout: 120_000 });

afterEach(endBooking);

test('comes on time, stays, leaves when the meeting ends, and brings everything home', async () => {
  // The server's clock is an hour ahead of the bot's machine. The server's counts.
  const serverMs = () => Date.now() + 3_600_000;
  const joinAt = new Date(serverMs() + 5_000);
  await book({ join_at: joinAt.toISOString(), server_time: new Date(serverMs()).toISOString() });
  await until('the lobby', () => api.statuses().length === 1);
  expect(serverMs() - joinAt.getTime()).toBeGreaterThanOrEqual(0);
  await inCall();
  api.room.ended = 'meeting_ended';
  expect(await bot.exited).toBe(0);

  expect(api.statuses()).toEqual([
    'IN_WAITING_ROOM knocked',
    'IN_CALL admitted',
    'LEAVING meeting_ended',
    'DONE finished',
  ]);
  const phases = api.entries.flatMap((entry) => (entry.kind === 'phase' ? [entry.phase] : []));
  expect(phases.toSorted()).toEqual(
    ['browser_ready', 'knocked', 'admitted', 'first_media', 'left', 'uploaded'].toSorted(),
  );
  const stamp = (phase: string) =>
    Date.parse(
      api.entries.flatMap((one) => (one.kind === 'phase' && one.phase === phase ? [one.at] : []))[0] ?? '',
    );
  // On a machine too busy to open the browser in time, the bot knocks as soon as the browser is ready.
  const lateMs = stamp('knocked') - Math.max(joinAt.getTime(), stamp('browser_ready'));
  expect(lateMs).toBeGreaterThanOrEqual(0);
  expect(lateMs).toBeLessThan(1_000);
  const recorded = probe(api.recording());
  expect(recorded.complaints).toBe('');
  expect(Math.abs(recorded.durationSeconds * 1000 - (stamp('left') - stamp('admitted')))).toBeLessThan(2_000);
  expect(api.completed?.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(api.recording().length);
  expect(api.entries).toContainEqual(
    expect.objectContaining({ kind: 'participant', name: 'Ada', change: 'joined' }),
  );
  expect(api.claims).toHaveLength(1);
  expect(await readdir(bot.workDir)).toEqual([]);
  expect(bot.output()).not.toContain('secret-claim-token');
});

test('a claim that another runtime has won ends it before anything is opened', async () => {
  await book({}, () => {
    api.claimStatus = 409;
  });
  expect(await bot.exited).toBe(0);
  expect(api.seqs).toEqual([]);
  expect(await readdir(bot.workDir)).toEqual([]);
});

test('told to leave while it waits: cancelled', async () => {
  await book();
  await until('the lobby', () => api.statuses().length === 1);
  api.commands = [{ kind: 'leave', reason: 'user_requested' }];
  expect(await bot.exited).toBe(0);
  expect(api.statuses()).toEqual(['IN_WAITING_ROOM knocked', 'CANCELLED cancelled_by_user']);
  expect(api.room.left).toBe(true);
});

test('denied: FATAL, with a screenshot and the page', async () => {
  await book();
  await until('the lobby', () => api.statuses().length === 1);
  api.room.denied = true;
  expect(await bot.exited).toBe(1);
  expect(api.statuses().at(-1)).toBe('FATAL denied');
  expect(api.entries.filter(({ kind }) => kind === 'evidence')).toHaveLength(2);
  const files = [...api.files.values()].toSorted((a, b) => a.purpose.localeCompare(b.purpose));
  expect(files.map(({ purpose }) => purpose)).toEqual(['page_html', 'screenshot']);
  expect(files[0]?.body.toString()).toContain('pre-join');
  expect(files[1]?.body.subarray(1, 4).toString()).toBe('PNG');
});

test('recording off, denied: of the page only its structure and its own words, no picture, no name', async () => {
  await book(unrecorded, () => {
    api.room.people = ['Ada Park'];
  });
  await until('the lobby', () => api.statuses().length === 1);
  await until('the page to list who is there', () => api.room.seenAtMs > 0);
  api.room.denied = true;
  expect(await bot.exited).toBe(1);
  expect(api.statuses().at(-1)).toBe('FATAL denied');
  const files = [...api.files.values()];
  expect(files.map(({ purpose }) => purpose)).toEqual(['page_html']);
  const html = files[0]?.body.toString() ?? '';
  expect(html).toContain('<h1 id>pre-join</h1>');
  expect(html).toContain('<p id title="…">…</p>');
  expect(html).not.toContain('Ada');
});

test.each(['playwright', 'puppeteer'])('SIGTERM in the call: leaves in order (%s)', async (library) => {
  await book({}, undefined, library);
  await inCall(1);
  bot.process.kill('SIGTERM');
  expect(await bot.exited).toBe(0);
  expect(api.statuses().slice(-2)).toEqual(['LEAVING shutdown', 'DONE finished']);
  expect(api.room.left).toBe(true);
  expect(probe(api.recording()).complaints).toBe('');
});

test('fenced by the server: out of the meeting within seconds', async () => {
  await book();
  await inCall(1);
  api.fenced = true;
  await until('it has left', () => api.room.left, 5_000);
  expect(await bot.exited).toBe(4);
});

test('killed in the call: what it recorded plays, and nothing of it keeps running', async () => {
  await book();
  await inCall(2);
  const killedAtMs = Date.now();
  bot.process.kill('SIGKILL');
  await bot.exited;
  await until('no process left', async () => (await leftovers()).length === 0, 5_000);
  const recorded = probe(api.recording());
  expect(recorded.complaints).toBe('');
  const admitted = api.entries.find((one) => one.kind === 'phase' && one.phase === 'admitted');
  const stayedMs = killedAtMs - Date.parse(admitted?.kind === 'phase' ? admitted.at : '');
  expect(stayedMs - recorded.durationSeconds * 1000).toBeLessThan(8_000);
});
