// The program as it ships, with the Google Meet driver, in the lab's meetings.
import { leaveRulesSchema } from '@meeboter/domain/leave-rules.ts';
import { type Lab, startLab } from '@meeboter/lab/server.ts';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { type FakeApi, startFakeApi } from './testing/fake-api.ts';
import { loudness, probe } from './testing/probe.ts';
import { type RunningBot, runBotProcess, until } from './testing/run-bot.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

let lab: Lab;
let api: FakeApi;
let bot: RunningBot;
let code: string;

beforeAll(async () => {
  lab = await startLab({ port: 0 });
});

afterAll(() => lab.close());

afterEach(async () => {
  await bot.clean();
  await api.close();
});

async function send(scenario: Parameters<Lab['createMeeting']>[0]): Promise<void> {
  const meeting = lab.createMeeting(scenario);
  code = meeting.code;
  api = await startFakeApi({
    meeting: { platform: 'google-meet', url: meeting.url, passcode: null, allowed_origins: [lab.origin] },
    leave_rules: leaveRulesSchema.parse({ everyone_left_timeout_seconds: 2 }),
    recording: { enabled: true, width: 1280, height: 720, fps: 15, preset: 'ultrafast' },
  });
  bot = await runBotProcess(api.origin, 'main.ts');
}

const joined = () =>
  api.entries.flatMap((one) =>
    one.kind === 'participant' && one.change === 'joined' ? [one.external_id] : [],
  );
const guest = () => lab.presence(code).guests[0];

test('knocks, is admitted, records the voices, and goes when the host ends the meeting', async () => {
  await send({
    participants: [{ name: 'Ada', tone_hz: 440 }],
    turns: [{ name: 'Ada', from_ms: 0, to_ms: 60_000 }],
    admit_after_ms: 500,
  });
  await until('media', () => api.puts.length >= 3);
  lab.act(code, 'end');
  expect(await bot.exited, bot.output()).toBe(0);
  expect(api.statuses()).toEqual([
    'IN_WAITING_ROOM knocked',
    'IN_CALL admitted',
    'LEAVING meeting_ended',
    'DONE finished',
  ]);
  expect(lab.presence(code).guests).toHaveLength(1);
  expect(guest()).toMatchObject({ name: 'Meeboter', microphone_on: false, camera_on: false });
  expect(joined()).toEqual(['person-1']);
  const recording = api.recording();
  const { complaints, durationSeconds } = probe(recording);
  expect(complaints).toBe('');
  const stamp = (phase: string) =>
    Date.parse(
      api.entries.flatMap((one) => (one.kind === 'phase' && one.phase === phase ? [one.at] : []))[0] ?? '',
    );
  expect(Math.abs(durationSeconds * 1000 - (stamp('left') - stamp('admitted')))).toBeLessThan(2_000);
  expect(loudness(recording, 440) - loudness(recording, 1_900)).toBeGreaterThan(15);
});

test('told to leave: leaves by itself and in order', async () => {
  await send({ participants: 2, admit_after_ms: 200 });
  await until('media', () => api.puts.length >= 1);
  api.commands = [{ kind: 'leave', reason: 'user_requested' }];
  expect(await bot.exited, bot.output()).toBe(0);
  expect(api.statuses().slice(-2)).toEqual(['LEAVING user_requested', 'DONE finished']);
  expect(guest()?.left_by).toBe('self');
});

test('denied at the door', async () => {
  await send({ deny_after_ms: 300 });
  expect(await bot.exited, bot.output()).toBe(1);
  expect(api.statuses()).toEqual(['IN_WAITING_ROOM knocked', 'FATAL denied']);
  expect(api.entries.filter(({ kind }) => kind === 'evidence')).toHaveLength(2);
});

test('everybody has left: the rule makes it leave', async () => {
  await send({ participants: 1, admit_after_ms: 200 });
  await until('somebody', () => joined().length === 1);
  lab.act(code, 'everyone_leaves');
  expect(await bot.exited, bot.output()).toBe(0);
  expect(api.statuses().slice(-2)).toEqual(['LEAVING everyone_left', 'DONE finished']);
});
