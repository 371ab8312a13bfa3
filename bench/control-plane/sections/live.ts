// What a thousand bots in their calls cost the control plane, each reporting one speaker turn every 5 s. Baseline: a
// plain HTTP server that updates one row per report, with as many clients.
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { addUsage, type Usage, usageOfFamily, usageOfProcess } from '../../usage.ts';
import type { Figure } from '../figures.ts';
import { percentile } from '../measure.ts';
import { type BenchOptions, scaled } from '../options.ts';
import { Program } from '../program.ts';
import type { Servers } from '../servers.ts';
import { startWorld, type World } from '../world.ts';

const EVERY_MS = 5_000;
const MIB = 1024 * 1024;
const GROUPS = ['control plane', 'PostgreSQL', 'Redis', 'runtimes'] as const;
type Group = (typeof GROUPS)[number];

interface Cost {
  cores: number;
  rssMib: number;
  pssMib: number;
}
interface Measured {
  costs: Map<string, Cost>;
  reportsPerSecond: number;
  tookMs: number[];
}

export async function live(options: BenchOptions): Promise<Figure[]> {
  const bots = scaled(options, 1_000, 20);
  const seconds = scaled(options, 30, 6);
  const world = await startWorld(options, { limit: bots + 10 });
  const { platform, servers, programs } = world;
  platform.behave({ kind: 'live', everyMs: EVERY_MS });
  for (let n = 0; n < bots; n += 1) {
    const account = world.accounts[0];
    if (account) await world.book(account);
  }
  await platform.count('admitted', bots, 120_000);
  await delay(2 * EVERY_MS);
  const ours = await measure(world, programs, seconds);
  await world.stopPrograms();
  await delay(500);
  const bare = await plainly(world, bots, seconds);
  await world.close();

  const section = 'live';
  const share = bots / 1_000;
  const of = (measured: Measured, name: string) => measured.costs.get(name);
  const groups = GROUPS.filter((group) => group !== 'Redis' || servers.pids.redis !== null);
  const programCosts = programs.flatMap(({ name }): Figure[] => {
    const cost = of(ours, name);
    if (!cost) return [];
    return [
      { section, name: `${name}, CPU`, value: cost.cores, unit: 'cores', baseline: null },
      { section, name: `${name}, RSS`, value: cost.rssMib, unit: 'MiB', baseline: null },
    ];
  });
  const lines = groups.flatMap((group): Figure[] => {
    const [cost, theirs] = [of(ours, group), of(bare, group)];
    if (!cost) return [];
    const isOurs = group === 'control plane';
    const line = (what: keyof Cost, name: string, unit: string): Figure => ({
      section,
      name: `${group}, ${name}`,
      value: cost[what],
      unit,
      baseline: theirs?.[what] ?? null,
    });
    const cpu = line('cores', 'CPU', 'cores');
    const rss = line('rssMib', 'RSS', 'MiB');
    return [
      isOurs ? { ...cpu, target: { limit: share, text: 'at most 1 core per 1,000' } } : cpu,
      isOurs ? { ...rss, target: { limit: 1_024, text: 'at most 1 GiB' } } : rss,
      line('pssMib', 'PSS', 'MiB'),
    ];
  });
  const took = (name: string, part: number): Figure => ({
    section,
    name: `report answered, ${name}`,
    value: percentile(ours.tookMs, part),
    unit: 'ms',
    baseline: percentile(bare.tookMs, part),
  });
  return [
    {
      section,
      name: `reports of ${bots} bots`,
      value: ours.reportsPerSecond,
      unit: '/s',
      baseline: bare.reportsPerSecond,
    },
    ...lines,
    ...programCosts,
    took('p50', 0.5),
    took('p99', 0.99),
  ];
}

async function plainly(world: World, clients: number, seconds: number): Promise<Measured> {
  const { servers, platform } = world;
  await servers.pool.query(
    'CREATE TABLE plain_reports (id int PRIMARY KEY, seq int DEFAULT 0, at timestamptz)',
  );
  await servers.pool.query('INSERT INTO plain_reports SELECT generate_series(0, $1::int)', [clients]);
  const main = fileURLToPath(new URL('../plain-report-main.ts', import.meta.url));
  const env = { DATABASE_URL: servers.databaseUrl };
  const program = new Program({ name: 'plain', main, env, dir: servers.dir });
  const [url] = (await once(program.process, 'message')) as [string];
  platform.report({ url, clients, everyMs: EVERY_MS, seconds: seconds + 10 });
  await delay(EVERY_MS);
  const measured = await measure(world, [program], seconds);
  await program.stop();
  return measured;
}

/** Measures for `seconds`: CPU time that each process uses, and its memory at the end. */
async function measure(world: World, programs: readonly Program[], seconds: number): Promise<Measured> {
  const { platform, servers } = world;
  const before = await usages(servers, platform.program, programs);
  platform.forget();
  const startedAtMs = performance.now();
  await delay(seconds * 1_000);
  const reported = platform.of('reported');
  const passed = (performance.now() - startedAtMs) / 1_000;
  const after = await usages(servers, platform.program, programs);
  const costs = new Map<string, Cost>();
  for (const [name, usage] of after) {
    costs.set(name, {
      cores: (usage.cpuSeconds - (before.get(name)?.cpuSeconds ?? 0)) / passed,
      rssMib: usage.rssBytes / MIB,
      pssMib: usage.pssBytes / MIB,
    });
  }
  return {
    costs,
    reportsPerSecond: reported.length / passed,
    tookMs: reported.map((event) => event.tookMs ?? Number.NaN),
  };
}

async function usages(
  { pids }: Servers,
  platform: Program,
  programs: readonly Program[],
): Promise<Map<string, Usage>> {
  const each = await Promise.all(
    programs.map(async ({ name, pid }) => [name, await usageOfProcess(pid)] as const),
  );
  const group = (name: Group, usage: Usage) => [name, usage] as const;
  return new Map<string, Usage>([
    group('control plane', addUsage(each.map(([, usage]) => usage))),
    group('PostgreSQL', await usageOfFamily(pids.postgres)),
    ...(pids.redis === null ? [] : [group('Redis', await usageOfProcess(pids.redis))]),
    group('runtimes', await usageOfProcess(platform.pid)),
    ...each,
  ]);
}
