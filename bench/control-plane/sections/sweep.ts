// One round of the sweep, and each of its steps, over a large history in which nothing is overdue. Baseline: one
// count over each of the tables that it reads, which is what the sweep would cost without its indexes.
import { openChassis } from '@meeboter/chassis/context.ts';
import { readSettings } from '@meeboter/chassis/env.ts';
import { createLog } from '@meeboter/chassis/log.ts';
import { openStorage } from '@meeboter/chassis/storage.ts';
import { openDatabase } from '@meeboter/prisma/client.ts';
import { createSweep } from '@meeboter/scheduler/sweep.ts';
import { SWEEP_STEPS, type SweepStep } from '@meeboter/scheduler/sweep-steps.ts';
import type { Figure } from '../figures.ts';
import { percentile } from '../measure.ts';
import { type BenchOptions, scaled } from '../options.ts';
import { checkInvariants, insertAccounts, insertHistory } from '../rows.ts';
import { type Servers, startServers } from '../servers.ts';

const TABLES = ['bots', 'bot_pool_queue', 'bot_pool_slots', 'deployments', 'recordings'] as const;
const ROUNDS = 15;

export async function sweep(options: BenchOptions): Promise<Figure[]> {
  const live = scaled(options, 10_000, 100);
  const servers = await startServers(options.redis);
  await insertAccounts(servers.pool);
  await insertHistory(servers.pool, live);
  await checkInvariants(servers.pool);
  await servers.pool.query('VACUUM ANALYZE');

  const took = new Map<string, number[]>();
  const record = (name: string, startedAtMs: number) => {
    const all = took.get(name) ?? [];
    all.push(performance.now() - startedAtMs);
    took.set(name, all);
  };
  const timed = SWEEP_STEPS.map(
    (step): SweepStep => ({
      ...step,
      async run(context) {
        const startedAtMs = performance.now();
        const repaired = await step.run(context);
        record(`step ${step.kind}, every ${step.everyMs / 1_000} s`, startedAtMs);
        return repaired;
      },
    }),
  );
  const log = createLog({ level: 'silent' });
  const env = { ...servers.env, PLATFORM_PRIORITY: 'aws', AWS_BOT_LIMIT: String(live) };
  const settings = readSettings(env);
  const chassis = await openChassis(settings, 'scheduler', log);
  const storage = openStorage(settings);
  const db = openDatabase({ url: servers.databaseUrl });
  const context = { ...chassis, db, storage };
  const second = timed.filter((step) => step.everyMs <= 1_000);
  for (let n = -2; n < ROUNDS; n += 1) {
    if (n === 0) took.clear();
    // A new sweep each time, whose steps are all due.
    for (const [name, steps] of [
      ['round, all steps', timed] as const,
      ['round, steps of every second', second] as const,
    ]) {
      const startedAtMs = performance.now();
      const report = await createSweep(context, steps)();
      record(name, startedAtMs);
      const repaired = Object.keys(report ?? { 'another sweep': 1 });
      if (repaired.length > 0) throw new Error(`something was overdue: ${repaired.join(', ')}`);
    }
  }
  await chassis.closers.close(log);
  storage.close();
  await db.$disconnect();
  const bareMs = await countAll(servers);
  await servers.close();
  const line = (name: string, baseline: number | null): Figure => ({
    section: 'sweep',
    name: `${name}, p50`,
    value: percentile(took.get(name) ?? [], 0.5),
    unit: 'ms',
    baseline,
  });
  const rounds = ['round, all steps', 'round, steps of every second'];
  const steps = [...took.keys()].filter((name) => !rounds.includes(name));
  return [...rounds.map((name) => line(name, bareMs)), ...steps.map((name) => line(name, null))];
}

async function countAll({ pool }: Servers): Promise<number> {
  const took: number[] = [];
  for (let n = 0; n < ROUNDS; n += 1) {
    const startedAtMs = performance.now();
    for (const table of TABLES) await pool.query(`SELECT count(*) FROM ${table} t WHERE t IS NOT NULL`);
    took.push(performance.now() - startedAtMs);
  }
  return percentile(took, 0.5);
}
