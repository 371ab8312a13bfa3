// More end-to-end tests like those in meeting.test.ts: with the queue on PostgreSQL, and other ends of a call.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Lab, startLab } from '../lab/server.ts';
import { eventually } from './support/eventually.ts';
import { happyPath } from './support/happy-path.ts';
import { onlyGuest, send } from './support/stay.ts';
import { expectGoodRecording, MINUTES, TALK } from './support/talk.ts';
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
});
