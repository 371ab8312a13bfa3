// From booking to recording on AWS: the whole of Meeboter with the real client of ECS, whose stand-in starts real bots.
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { eventually } from '../../../e2e/support/eventually.ts';
import { onlyGuest, send } from '../../../e2e/support/stay.ts';
import { expectGoodRecording, MINUTES, TALK } from '../../../e2e/support/talk.ts';
import { GOOD_LIFE, startWorld, type World } from '../../../e2e/support/world.ts';
import { type Ecs, startEcs } from '../../../lab/ecs/server.ts';
import { type Lab, startLab } from '../../../lab/server.ts';

const BOT_MAIN = fileURLToPath(new URL('../../../bot/main.ts', import.meta.url));

let lab: Lab;
let ecs: Ecs;
let world: World;
let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'meeboter-aws-'));
  lab = await startLab();
  const program = {
    command: process.execPath,
    args: [BOT_MAIN],
    env: { TMPDIR: dir },
    logDir: dir,
  };
  ecs = await startEcs({ taskDefinitions: { 'meeboter-google-meet': { container: 'bot', program } } });
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'lab').stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
  world = await startWorld({
    labOrigin: lab.origin,
    env: {
      PLATFORM_PRIORITY: 'aws',
      AWS_BOT_LIMIT: '2',
      AWS_REGION: 'eu-central-1',
      AWS_ECS_CLUSTER: 'bots',
      AWS_ECS_SUBNETS: 'subnet-1,subnet-2',
      AWS_ECS_SECURITY_GROUPS: 'sg-1',
      AWS_ECS_TASK_DEF_GOOGLE_MEET: 'meeboter-google-meet',
      AWS_CAPACITY: 'spot-then-fargate',
      AWS_ENDPOINT_URL_ECS: ecs.url,
    },
  });
});
afterEach(async ({ task }) => {
  if (task.result?.state !== 'fail') return;
  process.stderr.write(world.logs());
  for (const name of await readdir(dir)) {
    if (name.endsWith('.log'))
      process.stderr.write(`--- ${name}\n${await readFile(join(dir, name), 'utf8')}`);
  }
});
afterAll(async () => {
  await world?.close();
  await ecs?.close();
  await lab?.close();
  vi.unstubAllEnvs();
  await rm(dir, { recursive: true, force: true });
});

const untilSlotsAreIdle = () =>
  eventually(
    'all slots are idle',
    async () => {
      const [row] = await world.database.query<{ n: string }>(
        "SELECT count(*) AS n FROM bot_pool_slots WHERE state <> 'idle'",
      );
      return row?.n === '0';
    },
    { deadlineMs: MINUTES },
  );

it(
  'joins, records, leaves, delivers the recording, and its slot is free again',
  async () => {
    const sent = await send(
      world,
      lab,
      { ...TALK, everyone_leaves_after_ms: 14_000 },
      { automatic_leave: { everyone_left_timeout_seconds: 1 } },
    );
    const bot = await world.untilStatus(sent.bot.id, ['DONE'], 2 * MINUTES);
    expect(await world.path(bot.id)).toEqual(GOOD_LIFE);
    expect(bot).toMatchObject({ end_reason: 'everyone_left', attempt: 1 });
    await expectGoodRecording(lab, world, sent);
    await untilSlotsAreIdle();
    const tasks = ecs.cluster.of('');
    expect(tasks.map((task) => [task.lastStatus, task.options.provider])).toEqual([
      ['STOPPED', 'FARGATE_SPOT'],
    ]);
  },
  3 * MINUTES,
);

it(
  'leaves in good order when Spot takes its machine away, with all that it recorded',
  async () => {
    const before = new Set(ecs.cluster.of(''));
    const sent = await send(world, lab, TALK);
    await world.untilStatus(sent.bot.id, ['IN_CALL'], 2 * MINUTES);
    await eventually('everybody has spoken', () => lab.presence(sent.code).turns.length >= 4);
    const [task] = ecs.cluster.of('').filter((it) => !before.has(it));
    task?.interrupt();
    const bot = await world.untilStatus(sent.bot.id, ['DONE'], 2 * MINUTES);
    expect(bot.end_reason).toBe('shutdown');
    expect(onlyGuest(lab, sent.code).left_by).toBe('self');
    await expectGoodRecording(lab, world, sent);
    await untilSlotsAreIdle();
    expect(task?.view([])).toMatchObject({ lastStatus: 'STOPPED', stopCode: 'SpotInterruption' });
  },
  3 * MINUTES,
);
