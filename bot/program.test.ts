// The whole program as a process, against a fake API that can fail on request and a meeting that is one page.
import { readdir, readFile } from 'node:fs/promises';
import type { ClaimAnswer } from '@meeboter/domain/bot-protocol.ts';
import { leaveRulesSchema } from '@meeboter/domain/leave-rules.ts';
import { afterEach, expect, test, vi } from 'vitest';
import { defaultClaim, type FakeApi, startFakeApi } from './testing/fake-api.ts';
import { probe } from './testing/probe.ts';
import { type RunningBot, runBotProcess, until } from './testing/run-bot.ts';

// Each test takes seconds, and longer on a busy machine.
vi.setConfig({ testTimeout: 120_000 });

let api: FakeApi;
let bot: RunningBot;

async function book(
  claim: Partial<ClaimAnswer> = {},
  prepare: () => void = () => undefined,
  library = 'playwright',
): Promise<void> {
  api = await startFakeApi(claim);
  prepare();
  bot = await runBotProcess(api.origin, 'testing/main.ts', { MEEBOTER_TEST_LIBRARY: library });
}

/** Admits the bot and waits until parts of its recording have arrived. */
async function inCall(uploads = 2): Promise<void> {
  api.room.people = ['Ada'];
  api.room.admitted = true;
  await until('media', () => api.puts.length >= uploads);
}

/** Pids of processes that have this bot's scratch folder in their environment or command line. */
async function leftovers(): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) => {
      const [environ, command] = await Promise.all(
        ['environ', 'cmdline'].map((file) => readFile(`/proc/${pid}/${file}`, 'latin1').catch(() => '')),
      );
      return `${environ}${command}`.includes(bot.workDir) ? pid : null;
    }),
  );
  return found.filter((pid) => pid !== null);
}

/** The names of the programs that this bot runs. */
async function commands(): Promise<string[]> {
  const names = (await leftovers()).map((pid) => readFile(`/proc/${pid}/comm`, 'utf8').catch(() => ''));
  return (await Promise.all(names)).map((name) => name.trim());
}

afterEach(async () => {
  await bot.clean();
  await until('no process left', async () => (await leftovers()).length === 0, 5_000);
  await api.close();
});

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

test('the latest moment comes before admission: asks for help, then gives up with that reason', async () => {
  await book({
    end_at: new Date(Date.now() + 20_000).toISOString(),
    leave_rules: leaveRulesSchema.parse({ needs_action_after_seconds: 5 }),
  });
  expect(await bot.exited, bot.output()).toBe(1);
  expect(api.statuses()).toEqual(['IN_WAITING_ROOM knocked', 'FATAL end_time']);
  const notices = api.entries.flatMap((one) =>
    one.kind === 'notice' ? [`${one.notice} ${one.sub_code}`] : [],
  );
  expect(notices).toEqual(['needs_action waiting_for_admission', 'action_settled given_up']);
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

const unrecorded = { recording: { ...defaultClaim('http://127.0.0.1').recording, enabled: false } };

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

test('recording off, lost in the call: nothing of the page is kept, and no sound server was ever there', async () => {
  await book(unrecorded);
  api.room.people = ['Ada'];
  api.room.admitted = true;
  await until('Ada', () => api.entries.some(({ kind }) => kind === 'participant'));
  expect(await commands()).not.toContain('pulseaudio');
  expect(await commands()).toContain('Xvfb');
  api.room.ended = 'page_lost';
  expect(await bot.exited).toBe(0);
  expect(api.statuses().slice(-2)).toEqual(['LEAVING page_lost', 'DONE finished']);
  expect(api.files.size).toBe(0);
  expect(api.entries.some(({ kind }) => kind === 'evidence')).toBe(false);
  expect(api.entries).toContainEqual(
    expect.objectContaining({ kind: 'status', facts: { because: 'the test says so' } }),
  );
  expect(api.puts).toEqual([]);
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

test('frozen past its lease and thawed: leaves by itself, before it knocks', async () => {
  const joinAt = new Date(Date.now() + 60_000).toISOString();
  await book({ join_at: joinAt, lease_before_admission_ms: 4_000 }, () => {
    api.leaseMs = 4_000;
  });
  await until('the browser', () => api.entries.some((one) => one.kind === 'phase'));
  bot.process.kill('SIGSTOP');
  const frozenAtMs = performance.now();
  await until('the lease is over', () => performance.now() - frozenAtMs > 3_500);
  bot.process.kill('SIGCONT');
  expect(await bot.exited).toBe(4);
  expect(api.room.knocked).toBe(0);
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

test('a crashed page in the call: evidence, the recording, FATAL', async () => {
  await book();
  await inCall();
  api.room.crash = true;
  expect(await bot.exited).toBe(1);
  expect(api.statuses().slice(-2)).toEqual(['LEAVING browser_failed', 'FATAL browser_failed']);
  expect(api.entries.some(({ kind }) => kind === 'evidence')).toBe(true);
  expect(api.completed).not.toBeNull();
  expect(probe(api.recording()).complaints).toBe('');
});

test('API and S3 away in the middle of the call: everything arrives afterwards', async () => {
  await book({}, () => {
    api.leaseMs = 900_000;
  });
  await inCall();
  const before = { puts: api.puts.length, seqs: api.seqs.length };
  let away = true;
  let missed = 0;
  api.fault = () => {
    if (away) missed += 1;
    return away ? 'error' : null;
  };
  api.room.people = ['Ada', 'Ben'];
  await until('many missed calls', () => missed > 8);
  expect({ puts: api.puts.length, seqs: api.seqs.length }).toEqual(before);
  away = false;
  api.room.ended = 'removed';
  expect(await bot.exited).toBe(0);
  expect(api.entries).toContainEqual(expect.objectContaining({ kind: 'participant', name: 'Ben' }));
  expect(api.statuses().at(-1)).toBe('DONE finished');
  expect(api.seqs).toEqual(api.seqs.map((_, index) => index + 1));
  expect(probe(api.recording()).complaints).toBe('');
});
