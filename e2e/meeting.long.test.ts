// End-to-end tests like the one in meeting.test.ts: with the queue on PostgreSQL, refusals at the door, and other ends
// of a call.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { judgeRecording } from '../lab/judge/judge.ts';
import { type Lab, startLab } from '../lab/server.ts';
import { eventually } from './support/eventually.ts';
import { happyPath } from './support/happy-path.ts';
import { download, evidence, onlyGuest, send, stayMs } from './support/stay.ts';
import { expectGoodRecording, killRuntime, MINUTES, noRuntimeLeft, TALK, TONES } from './support/talk.ts';
import { GOOD_LIFE, startWorld, type World } from './support/world.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.close());

it(
  'joins on time, records, leaves and delivers the recording, with the queue on PostgreSQL',
  () => happyPath(lab, 'postgres'),
  3 * MINUTES,
);

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
      await expectGoodRecording(lab, world, sent);
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
      await expectGoodRecording(lab, world, sent);
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
