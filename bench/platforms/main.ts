// `npm run bench:platforms`: what our part of a launch costs on each platform, and whether bots are placed, and in time,
// on platforms that fail or are slow to launch. See docs/benchmarks.md.
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { readSettings } from '@meeboter/chassis/env.ts';
import { createLog } from '@meeboter/chassis/log.ts';
import { openPlatform } from '@meeboter/deployer/platforms/open.ts';
import type { DeploymentPlatform } from '@meeboter/deployer/platforms/registry.ts';
import { openDatabase } from '@meeboter/prisma/client.ts';
import { ApiError } from '../../lab/ecs/api-error.ts';
import { closeEverything, endInOrder } from '../control-plane/cleanup.ts';
import { type Figure, machine, table } from '../control-plane/figures.ts';
import { percentile } from '../control-plane/measure.ts';
import { complaints } from '../control-plane/program.ts';
import { type PlatformsWorld, startPlatformsWorld } from './world.ts';

const print = (line: string) => process.stdout.write(`${line}\n`);
const FREE = 'aws=10000/10000,k8s=10000/10000,coolify=10000/10000';

const { values } = parseArgs({ options: { only: { type: 'string' }, scale: { type: 'string' } } });
const scale = Number(values.scale ?? 1);
const SECTIONS: Record<string, () => Promise<Figure[]>> = { overhead, placement, 'minute-mark': minuteMark };

/**
 * From the slot to the platform's confirmation of the start, less what the same call takes without us. One bot at a
 * time, so that nothing waits for anything.
 */
async function overhead(): Promise<Figure[]> {
  const figures: Figure[] = [];
  const count = Math.max(5, Math.round(30 * scale));
  for (const name of ['aws', 'k8s', 'coolify'] as const) {
    const world = await startPlatformsWorld(
      {
        PLATFORM_PRIORITY: name,
        LAUNCH_RATES: FREE,
        AWS_BOT_LIMIT: '100',
        K8S_BOT_LIMIT: '100',
        COOLIFY_BOT_LIMIT: '60',
      },
      { leadMs: 0 },
    );
    // Real APIs answer no sooner.
    const answersAfterMs = 40;
    world.ecs.faults.slowMs = answersAfterMs;
    world.cluster.faults.slowMs = answersAfterMs;
    world.coolify.world.faults.slowMs = answersAfterMs;
    const wanted = name === 'coolify' ? Math.min(count, 8) : count;
    for (let n = 1; n <= wanted; n += 1) {
      await world.book();
      await world.untilClaimed(n, 30_000);
      await delay(100);
    }
    const { rows } = await world.servers.pool.query<{ ms: number }>(
      `SELECT (extract(epoch FROM started_at - created_at) * 1000)::float8 AS ms FROM deployments WHERE started_at IS NOT NULL`,
    );
    const ours = rows.map(({ ms }) => ms);
    const bare = await startsOf(world, name, wanted);
    await world.close();
    const overheadMs = percentile(ours, 0.5) - percentile(bare, 0.5);
    figures.push(
      {
        section: 'overhead',
        name: `${name}: slot to start confirmed, p50`,
        value: percentile(ours, 0.5),
        unit: 'ms',
        baseline: percentile(bare, 0.5),
      },
      {
        section: 'overhead',
        name: `${name}: of which ours, p50`,
        value: overheadMs,
        unit: 'ms',
        baseline: null,
        target: { limit: 50, text: 'at most 50 ms' },
      },
    );
  }
  return figures;
}

/** The platform's own time: the same calls of the same client, for deployments that nobody else starts. */
async function startsOf(world: PlatformsWorld, name: DeploymentPlatform, count: number): Promise<number[]> {
  await world.stopDeployer();
  // The first call opens the connection.
  for (let n = -1; n < count; n += 1) await world.book();
  const intents = () =>
    world.servers.pool.query<{ id: string; bot_id: string; slot_id: string; number: number }>(
      `SELECT d.id, d.bot_id, d.slot_id, s.number FROM deployments d JOIN bot_pool_slots s ON s.id = d.slot_id
       WHERE d.state = 'intent'`,
    );
  while ((await intents()).rows.length < count + 1) await delay(100);
  const { rows } = await intents();
  for (const [key, value] of Object.entries(world.env)) if (/^AWS_/.test(key)) process.env[key] = value;
  const db = openDatabase({ url: world.servers.databaseUrl, poolSize: 2 });
  const platform = await openPlatform(name, {
    ...{ settings: readSettings(world.env), db, log: createLog({ level: 'silent' }) },
    ...{ apiUrl: 'http://127.0.0.1:9', onExit: () => undefined, untilThere: (work) => work() },
  });
  const { signal } = new AbortController();
  const took: number[] = [];
  for (const row of rows) {
    const spec = {
      ...{ deploymentId: row.id, botId: row.bot_id, attempt: 1, claimToken: 'token', slotToken: 'token' },
      slot: { id: row.slot_id, number: row.number, application: null },
      ...{ meetingPlatform: 'google-meet' as const, apiUrl: 'http://127.0.0.1:9' },
    };
    const startedAtMs = performance.now();
    await platform.start(spec, signal);
    took.push(performance.now() - startedAtMs);
  }
  await platform.close?.();
  await db.$disconnect();
  return took.slice(1);
}

/** Five hundred bots for now over three platforms, of which one fails half of its starts. */
async function placement(): Promise<Figure[]> {
  const count = Math.round(500 * scale);
  const limits = {
    AWS_BOT_LIMIT: String(Math.ceil(count * 0.5)),
    K8S_BOT_LIMIT: String(Math.ceil(count * 0.6)),
  };
  const world = await startPlatformsWorld({
    ...{ PLATFORM_PRIORITY: 'aws,coolify,k8s', COOLIFY_BOT_LIMIT: '10', LAUNCH_RATES: FREE },
    ...limits,
  });
  const { faults } = world.ecs;
  const before = faults.before.bind(faults);
  faults.before = async (operation) => {
    if (operation === 'RunTask' && Math.random() < 0.5) {
      throw new ApiError('ServerException', 'Service Unavailable', { status: 500 });
    }
    await before(operation);
  };
  const startedAtMs = performance.now();
  for (let n = 0; n < count; n += 1) await world.book();
  const placed = await world.untilClaimed(count, 300_000);
  const tookMs = performance.now() - startedAtMs;
  const { rows } = await world.servers.pool.query<{ claimed: number; twice: number; ended: number }>(
    `SELECT (SELECT count(*)::int FROM bots WHERE claimed_at IS NOT NULL) AS claimed,
       (SELECT count(*)::int FROM (SELECT bot_id FROM deployments WHERE state = 'claimed' GROUP BY 1 HAVING count(*) > 1) t) AS twice,
       (SELECT count(*)::int FROM bots WHERE status IN ('FATAL', 'CANCELLED')) AS ended`,
  );
  const by = await world.servers.pool.query<{ name: string; n: number }>(
    `SELECT deployment_platform AS name, count(*)::int AS n FROM deployments WHERE state = 'claimed' GROUP BY 1`,
  );
  await world.close();
  const [row] = rows;
  const line = (name: string, value: number, unit: string, limit?: number): Figure => ({
    ...{ section: 'placement', name, value, unit, baseline: null },
    ...(limit === undefined ? {} : { target: { limit, text: `at most ${limit}` } }),
  });
  return [
    line('not placed', count - (row?.claimed ?? 0), 'bots', 0),
    line('placed twice', row?.twice ?? -1, 'bots', 0),
    line('ended without a runtime', row?.ended ?? -1, 'bots', 0),
    ...by.rows.map(({ name, n }) => line(`on ${name}`, n, 'bots')),
    line(placed ? 'until the last was claimed' : 'given up', tookMs / 1_000, 's'),
  ];
}

/** A thousand bots of one minute mark where Fargate launches a hundred at once and twenty more a second. */
async function minuteMark(): Promise<Figure[]> {
  const count = Math.round(1_000 * scale);
  const leadMs = 15_000;
  const world = await startPlatformsWorld(
    { PLATFORM_PRIORITY: 'aws', AWS_BOT_LIMIT: String(count) },
    { leadMs },
  );
  world.ecs.cluster.capacity.limitLaunches({ burst: 100, perSecond: 20 });
  const neededMs = Math.max(0, (count - 100) / 20) * 1_000;
  // The scheduler looks a minute apart how early to start.
  const joinAt = new Date(Date.now() + leadMs + neededMs + 75_000 + count * 10);
  for (let n = 0; n < count; n += 1) await world.book(joinAt);
  await world.untilClaimed(count, joinAt.getTime() - Date.now() + 120_000);
  const { rows } = await world.servers.pool.query<{ late: number }>(
    `SELECT (extract(epoch FROM claimed_at - join_at) * 1000)::float8 AS late FROM bots WHERE claimed_at IS NOT NULL`,
  );
  await world.close();
  const late = rows.map(({ late }) => late);
  return [
    {
      section: 'minute-mark',
      name: 'not claimed',
      value: count - late.length,
      unit: 'bots',
      baseline: null,
      target: { limit: 0, text: 'none' },
    },
    {
      section: 'minute-mark',
      name: 'claimed after the join time',
      value: late.filter((ms) => ms > 0).length,
      unit: 'bots',
      baseline: null,
      target: { limit: 0, text: 'none' },
    },
    {
      section: 'minute-mark',
      name: 'last claim before the join time',
      value: -Math.max(...late) / 1_000,
      unit: 's',
      baseline: null,
    },
    {
      section: 'minute-mark',
      name: 'first claim before the join time',
      value: -Math.min(...late) / 1_000,
      unit: 's',
      baseline: null,
    },
  ];
}

endInOrder();
let exitCode = 0;
try {
  const on = machine();
  print(`${on.cpu}, ${on.cores} cores, ${on.memoryGiB} GiB, Node ${on.node}, scale ${scale}\n`);
  for (const name of (values.only ?? Object.keys(SECTIONS).join()).split(',')) {
    const section = SECTIONS[name];
    if (!section)
      throw new Error(`there is no section ${name}; there are ${Object.keys(SECTIONS).join(', ')}`);
    print(`${table(await section())}\n`);
  }
} catch (error) {
  process.stderr.write(
    `${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n${complaints()}`,
  );
  exitCode = 1;
} finally {
  await closeEverything();
}
process.exit(exitCode);
