// A whole Meeboter on a Coolify that loses answers, deployments and stops, and is away for a while: every bot still
// comes into its meeting, once.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { processProgram } from '@meeboter/lab/coolify/program.ts';
import { type Coolify, startCoolify } from '@meeboter/lab/coolify/server.ts';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { eventually } from '../../../e2e/support/eventually.ts';
import { startWorld, type World } from '../../../e2e/support/world.ts';

const SLOT_BOT = fileURLToPath(new URL('./testing/slot-bot.ts', import.meta.url));
const MINUTES = 60_000;
const BOTS = 8;
const SLOTS = 3;

let coolify: Coolify;
let world: World;
beforeAll(async () => {
  coolify = await startCoolify({
    program: processProgram(process.execPath, [SLOT_BOT]),
    ...{ deployMs: 300, stopMs: 200, lagMs: 1_000, requestsPerMinute: 10_000 },
  });
  world = await startWorld({
    reconcileEveryMs: 1_000,
    env: {
      PLATFORM_PRIORITY: 'coolify',
      COOLIFY_BOT_LIMIT: String(SLOTS),
      LAUNCH_RATES: 'coolify=1000/1000',
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
});

it(
  'no bot is lost or doubled',
  async () => {
    const { faults } = coolify.world;
    const set = {
      ...{ loseCreateAnswers: 1, loseDeployAnswers: 1, phantomDeploys: 1, delayDeploys: 1, emptyDeploys: 1 },
      ...{ doubleDeploys: 1, loseStops: 1 },
    };
    Object.assign(faults, set, { failDeploys: { times: 1, log: '' } });
    const bots: { id: string }[] = [];
    for (let n = 0; n < BOTS; n += 1) {
      bots.push(
        await world.book({
          meeting_url: `https://meet.google.com/abc-defg-${'abcdefgh'[n]}ij`,
          display_name: 'stay 2000',
          queue_timeout_ms: 600_000,
        }),
      );
    }
    await eventually(
      'three bots are done',
      async () => {
        const seen = await Promise.all(bots.map(({ id }) => world.bot(id)));
        return seen.filter(({ status }) => status === 'DONE').length >= 3;
      },
      { deadlineMs: 3 * MINUTES },
    );
    faults.away = 'proxy';
    await world.stop('deployer');
    await world.start('deployer');
    coolify.carryOutLate();
    faults.away = null;
    for (const { id } of bots) await world.untilStatus(id, ['DONE'], 4 * MINUTES);
    // Every fault has happened.
    expect(faults).toMatchObject(Object.fromEntries(Object.keys(set).map((name) => [name, 0])));
    expect(faults.failDeploys.times).toBe(0);
    // Each went into its meeting once.
    for (const { id } of bots) {
      const path = await world.path(id);
      expect(path.filter((status) => status === 'IN_CALL')).toHaveLength(1);
    }
    await eventually(
      'all slots are idle',
      async () => {
        const slots = await world.database.query<{ state: string }>('SELECT state FROM bot_pool_slots');
        return slots.length === SLOTS && slots.every(({ state }) => state === 'idle');
      },
      { deadlineMs: 2 * MINUTES },
    );
    expect(coolify.world.applications.flatMap(({ containers }) => containers)).toEqual([]);
    expect(coolify.world.applications).toHaveLength(SLOTS);
    expect(coolify.violations).toEqual([]);
    expect(readFileSync(`${world.dir}/servers.log`, 'utf8')).not.toContain(coolify.token);
  },
  12 * MINUTES,
);
