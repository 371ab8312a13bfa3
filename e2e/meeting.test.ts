// The promises, tested end to end: the real bot in real Chromium, all servers, and the lab, which plays the
// meetings and judges the recordings.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { findRuntimeProcesses } from '../deployer/platforms/local/processes.ts';
import { judgeRecording } from '../lab/judge/judge.ts';
import { type Lab, startLab } from '../lab/server.ts';
import { eventually } from './support/eventually.ts';
import { download, evidence, onlyGuest, send, stayMs } from './support/stay.ts';
import { GOOD_LIFE, type QueueKind, startWorld, type World } from './support/world.ts';

const TONES = [330, 440, 550];
const MINUTES = 60_000;
// Each participant speaks once in the first nine seconds.
const TALK = { participants: 3, turns: 'rotate', turn_ms: 3_000, admit_after_ms: 1_000 } as const;

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.close());

/** Checks everything that is expected of a recording. */
async function expectGoodRecording(world: World, sent: { bot: { id: string }; code: string }) {
  const { recording, path } = await download(world, sent.bot.id);
  const verdict = await judgeRecording(path, { tonesHz: TONES });
  const stay = stayMs(onlyGuest(lab, sent.code));
  expect(verdict.video).toMatchObject({ codec: 'h264', width: 1280, height: 720 });
  expect(verdict.audio).toMatchObject({ codec: 'aac' });
  expect(Math.abs(verdict.durationMs - stay), `recorded ${verdict.durationMs} ms of ${stay}`).toBeLessThan(
    2_000,
  );
  expect(Math.abs(recording.duration_seconds * 1_000 - verdict.durationMs)).toBeLessThan(2_000);
  expect(verdict.tones.map((tone) => tone.found)).toEqual([true, true, true]);
  expect(
    Math.abs(verdict.medianOffsetMs ?? Number.NaN),
    `sound ${verdict.medianOffsetMs} ms off`,
  ).toBeLessThan(200);
  expect(verdict.blackShare).toBeLessThan(0.1);
  return { recording, verdict };
}

const runtimesOf = async (world: World) =>
  (await findRuntimeProcesses()).filter((found) => found.workDir.startsWith(world.dir));

async function killRuntime(world: World): Promise<void> {
  const mains = (await runtimesOf(world)).filter((found) => found.isMain);
  expect(mains).toHaveLength(1);
  for (const main of mains) process.kill(main.pid, 'SIGKILL');
}

const noRuntimeLeft = (world: World) =>
  eventually('no process of a runtime is left', async () => (await runtimesOf(world)).length === 0);

describe.each<QueueKind>(['postgres', 'redis'])('the happy path on %s', (queue) => {
  it(
    'joins on time, records, leaves when everybody has left, and delivers the recording',
    async () => {
      const world = await startWorld({ queue, labOrigin: lab.origin });
      try {
        const joinAt = new Date(Date.now() + 12_000);
        const sent = await send(
          world,
          lab,
          { ...TALK, everyone_leaves_after_ms: 14_000, popups: true, consent: 'before' },
          { join_at: joinAt.toISOString(), automatic_leave: { everyone_left_timeout_seconds: 1 } },
        );
        const bot = await world.untilStatus(sent.bot.id, ['DONE'], 2 * MINUTES);
        expect(await world.path(bot.id)).toEqual(GOOD_LIFE);
        expect(bot).toMatchObject({
          end_reason: 'everyone_left',
          attempt: 1,
          recording: { state: 'stopped' },
        });

        const guest = onlyGuest(lab, sent.code);
        expect(guest).toMatchObject({
          name: 'Meeboter',
          microphone_on: false,
          camera_on: false,
          left_by: 'self',
        });
        // Never early. How late it is, the bench measures.
        expect(Date.parse(guest.knocked_at)).toBeGreaterThanOrEqual(joinAt.getTime() - 50);
        await expectGoodRecording(world, sent);

        const people = await world.call<{
          data: { name: string; is_host: boolean; left_at: string | null; spoke_seconds: number }[];
        }>('GET', `/v1/bots/${bot.id}/participants`);
        expect(people.body.data.map((person) => person.name)).toEqual([
          'Ada Park',
          'Bruno Keller',
          'Chloé Martin',
        ]);
        expect(people.body.data.map((person) => person.is_host)).toEqual([true, false, false]);
        for (const person of people.body.data) expect(person.spoke_seconds).toBeGreaterThan(0);
        await noRuntimeLeft(world);
      } finally {
        await world.close();
      }
    },
    3 * MINUTES,
  );
});

describe('a bot that is not admitted', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld({ labOrigin: lab.origin });
  });
  afterAll(() => world.close());

  it.concurrent.each([
    ['denied', { deny_after_ms: 1_000 }, {}, 'denied', 'admission'],
    [
      'never admitted',
      { never_admit: true },
      { automatic_leave: { waiting_room_timeout_seconds: 10 } },
      'waiting_room_timeout',
      'admission',
    ],
    ['asked to sign in', { sign_in_required: true }, {}, 'sign_in_required', 'auth'],
  ] as const)(
    'ends with the reason and evidence: %s',
    async (_name, scenario, booking, subCode, category) => {
      const sent = await send(world, lab, { participants: 1, ...scenario }, booking);
      const bot = await world.untilStatus(sent.bot.id, ['FATAL'], 2 * MINUTES);
      expect(bot).toMatchObject({ sub_code: subCode, attempt: 1, reason: { category, retryable: false } });
      const left = await evidence(world, bot.id);
      expect(left.map((item) => item.purpose).sort()).toEqual(['page_html', 'screenshot']);
      expect(
        left
          .find((item) => item.purpose === 'screenshot')
          ?.content.subarray(1, 4)
          .toString(),
      ).toBe('PNG');
      expect(lab.presence(sent.code).guests.filter((guest) => guest.admitted_at !== null)).toEqual([]);
    },
    3 * MINUTES,
  );

  it('leaves no process behind', () => noRuntimeLeft(world));
});

describe('a bot in the call', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld({ labOrigin: lab.origin });
  });
  afterEach(({ task }) => {
    if (task.result?.state === 'fail') process.stderr.write(world.logs());
  });
  afterAll(() => world.close());

  it(
    'ends in order when it is removed from the call, and keeps its recording',
    async () => {
      const sent = await send(world, lab, { ...TALK, remove_bot_after_ms: 10_000 });
      const bot = await world.untilStatus(sent.bot.id, ['DONE'], 2 * MINUTES);
      expect(bot.end_reason).toBe('removed');
      expect(onlyGuest(lab, sent.code).left_by).toBe('removed');
      await expectGoodRecording(world, sent);
    },
    3 * MINUTES,
  );

  it(
    'leaves when the user requests it, after the servers were restarted and the queue emptied',
    async () => {
      const sent = await send(world, lab, TALK);
      await world.untilStatus(sent.bot.id, ['IN_CALL'], 2 * MINUTES);
      await world.emptyQueue();
      for (const part of ['api', 'scheduler', 'deployer'] as const) {
        await world.stop(part);
        await world.start(part);
      }
      await eventually('everybody has spoken', () => lab.presence(sent.code).turns.length >= 4);
      expect((await world.call('DELETE', `/v1/bots/${sent.bot.id}`)).status).toBe(202);
      const bot = await world.untilStatus(sent.bot.id, ['DONE'], 2 * MINUTES);
      expect(await world.path(bot.id)).toEqual(GOOD_LIFE);
      expect(bot).toMatchObject({ end_reason: 'user_requested', attempt: 1 });
      expect(onlyGuest(lab, sent.code).left_by).toBe('self');
      await expectGoodRecording(world, sent);
    },
    3 * MINUTES,
  );

  it(
    'loses only the last seconds when it is killed',
    async () => {
      const sent = await send(world, lab, TALK);
      await world.untilStatus(sent.bot.id, ['IN_CALL'], 2 * MINUTES);
      await eventually('everybody has spoken', () => lab.presence(sent.code).turns.length >= 5);
      await killRuntime(world);
      const bot = await world.untilStatus(sent.bot.id, ['FATAL'], MINUTES);
      expect(bot).toMatchObject({ sub_code: 'runtime_lost', attempt: 1 });
      await eventually('the lab sees it gone', () => onlyGuest(lab, sent.code).left_by === 'closed');

      const { recording, path } = await download(world, bot.id);
      expect(recording.interrupted).toBe(true);
      const verdict = await judgeRecording(path, { tonesHz: TONES });
      const lostMs = stayMs(onlyGuest(lab, sent.code)) - verdict.durationMs;
      expect(lostMs, `lost ${lostMs} ms`).toBeLessThan(10_000);
      expect(verdict.durationMs).toBeGreaterThan(3_000);
      expect(verdict.video).not.toBeNull();
      expect(verdict.audio).not.toBeNull();
      await noRuntimeLeft(world);
    },
    3 * MINUTES,
  );
});
