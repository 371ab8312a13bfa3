// The whole program as in program.test.ts: what befalls it on its way and in the call.
import { leaveRulesSchema } from '@meeboter/domain/leave-rules.ts';
import { afterEach, expect, test, vi } from 'vitest';
import { probe } from './testing/probe.ts';
import { api, book, bot, commands, endBooking, inCall, unrecorded } from './testing/program.ts';
import { until } from './testing/run-bot.ts';

// Each test takes seconds, and longer on a busy machine.
vi.setConfig({ testTimeout: 120_000 });

afterEach(endBooking);

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
  expect(notices).toEqual(['needs_action waiting_for_admission', 'action_settled waiting_for_admission']);
  expect(api.room.left).toBe(true);
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
