// From the booking to the recording on Coolify: the stand-in runs the real bot in its containers. Both bots have the same
// slot, whose container Coolify starts again when the first bot has ended.
import { fileURLToPath } from 'node:url';
import { processProgram } from '@meeboter/lab/coolify/program.ts';
import { type Coolify, startCoolify } from '@meeboter/lab/coolify/server.ts';
import { type Lab, startLab } from '@meeboter/lab/server.ts';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { eventually } from '../../../e2e/support/eventually.ts';
import { onlyGuest, send } from '../../../e2e/support/stay.ts';
import { expectGoodRecording, MINUTES, TALK } from '../../../e2e/support/talk.ts';
import { GOOD_LIFE, startWorld, type World } from '../../../e2e/support/world.ts';

const BOT_MAIN = fileURLToPath(new URL('../../../bot/main.ts', import.meta.url));

let lab: Lab;
let coolify: Coolify;
let world: World;
beforeAll(async () => {
  lab = await startLab();
  coolify = await startCoolify({
    program: processProgram(process.execPath, [BOT_MAIN]),
    ...{ deployMs: 1_000, stopMs: 500, lagMs: 2_000 },
  });
  world = await startWorld({
    labOrigin: lab.origin,
    env: {
      PLATFORM_PRIORITY: 'coolify',
      COOLIFY_BOT_LIMIT: '1',
      COOLIFY_API_URL: coolify.url,
      COOLIFY_API_TOKEN: coolify.token,
      COOLIFY_PROJECT_UUID: coolify.world.projectUuid,
      COOLIFY_SERVER_UUID: coolify.world.serverUuid,
      COOLIFY_IMAGE: 'meeboter/bot:test',
    },
  });
});
afterEach(({ task }) => {
  if (task.result?.state === 'fail') process.stderr.write(world.logs());
});
afterAll(async () => {
  await world.close();
  await coolify.close();
  await lab.close();
});

it(
  'two bots, one after the other in the same slot, join, record, leave and deliver',
  async () => {
    for (const attempt of ['first', 'second']) {
      const sent = await send(...([world, lab, { ...TALK, everyone_leaves_after_ms: 14_000 }] as const), {
        automatic_leave: { everyone_left_timeout_seconds: 1 },
      });
      const bot = await world.untilStatus(sent.bot.id, ['DONE'], 3 * MINUTES);
      expect(await world.path(bot.id), attempt).toEqual(GOOD_LIFE);
      expect(bot).toMatchObject({ end_reason: 'everyone_left', attempt: 1 });
      expect(onlyGuest(lab, sent.code)).toMatchObject({ name: 'Meeboter', left_by: 'self' });
      await expectGoodRecording(lab, world, sent);
      await eventually('the slot is idle', async () => {
        const [slot] = await world.database.query<{ state: string }>('SELECT state FROM bot_pool_slots');
        return slot?.state === 'idle';
      });
      expect(coolify.world.applications.flatMap(({ containers }) => containers)).toEqual([]);
    }
    expect(coolify.world.applications).toHaveLength(1);
    expect(coolify.world.deployments.all.map(({ status }) => status)).toEqual(['finished', 'finished']);
    const [slot] = await world.database.query('SELECT application FROM bot_pool_slots');
    expect(slot).toEqual({ application: coolify.world.applications[0]?.uuid });
    expect(coolify.violations).toEqual([]);
  },
  8 * MINUTES,
);
