// A thousand bots due at the same time: how late their claims and knocks are accepted. Baseline: as many delayed
// jobs, each updating one row.
import { setTimeout as delay } from 'node:timers/promises';
import type { Figure } from '../figures.ts';
import { nowMs, percentile } from '../measure.ts';
import { noteNumbering, numberingMs } from '../numbering.ts';
import { type BenchOptions, scaled } from '../options.ts';
import { openPlainQueues } from '../plain-queue.ts';
import type { Servers } from '../servers.ts';
import { startWorld, type World } from '../world.ts';

const BOOKING_CLIENTS = 8;
const TARGET = { limit: 5_000, text: 'at most 5 s' };
const NUMBERING_TARGETS = [
  { share: 0.5, limit: 30 },
  { share: 0.99, limit: 100 },
];
/** Phase stamps in their order, to see where the time goes. */
const STEPS = ['queued_at', 'slot_at', 'deploy_requested_at', 'claimed_at'] as const;

export async function sameSecond(options: BenchOptions): Promise<Figure[]> {
  const count = scaled(options, 1_000, 20);
  const world = await startWorld(options, { limit: count + 100 });
  const { platform, servers } = world;
  // The interval is so long that hardly any reports are sent besides those of the arrival.
  platform.behave({ kind: 'live', everyMs: 600_000 });
  const dueMs = Math.ceil(Date.now() / 1_000) * 1_000 + 10_000 + count * 25;
  await bookAll(world, count, new Date(dueMs));
  const toGoMs = dueMs - Date.now();
  if (toGoMs < 2_000) throw new Error('booking took too long: the bots are due already');
  await noteNumbering(servers.pool);
  await delay(dueMs - Date.now());
  await platform.count('admitted', count, 120_000);
  const late = (kind: 'start' | 'claimed' | 'knocked') =>
    platform.of(kind).map((event) => event.atMs - dueMs);
  const [started, claimed, knocked] = [late('start'), late('claimed'), late('knocked')];
  const numbered = await numberingMs(servers.pool);
  const steps = await stepsOf(servers, dueMs);
  await world.stopPrograms();
  const bare = await plainly(servers, count);
  await world.close();
  const line = (name: string, ours: number[], share: number, theirs: number[] | null = bare): Figure => ({
    section: 'same-second',
    name: `${name}, p${share * 100}`,
    value: percentile(ours, share),
    unit: 'ms late',
    baseline: theirs ? percentile(theirs, share) : null,
  });
  return [
    line('deploy call', started, 0.5, null),
    line('deploy call', started, 0.99, null),
    line('claim', claimed, 0.5),
    { ...line('claim', claimed, 0.99), target: TARGET },
    line('knock', knocked, 0.5),
    line('knock', knocked, 0.99),
    ...NUMBERING_TARGETS.map(({ share, limit }) => ({
      ...line('event numbered', numbered, share, null),
      unit: 'ms after its transaction began',
      target: { limit, text: `at most ${limit} ms` },
    })),
    ...steps.map(([name, values]) => line(`of which ${name}`, values, 0.99, null)),
  ];
}

async function bookAll({ book, accounts }: World, count: number, joinAt: Date): Promise<void> {
  let booked = 0;
  const client = async () => {
    while (booked < count) {
      booked += 1;
      const account = accounts[0];
      if (account) await book(account, joinAt);
    }
  };
  await Promise.all(Array.from({ length: BOOKING_CLIENTS }, client));
}

async function stepsOf({ pool }: Servers, dueMs: number): Promise<[string, number[]][]> {
  const columns = STEPS.map((step) => `(extract(epoch FROM ${step}) * 1000)::float8 AS ${step}`);
  const { rows } = await pool.query<Record<(typeof STEPS)[number], number>>(
    `SELECT ${columns.join(', ')} FROM bots WHERE join_at = to_timestamp($1::float8 / 1000)`,
    [dueMs],
  );
  return STEPS.map((step) => [step, rows.map((row) => row[step] - dueMs)]);
}

async function plainly(servers: Servers, count: number): Promise<number[]> {
  const { pool } = servers;
  await pool.query('CREATE TABLE plain_due (id int PRIMARY KEY, done_at timestamptz)');
  await pool.query('INSERT INTO plain_due SELECT generate_series(1, $1::int)', [count]);
  const queues = await openPlainQueues(servers);
  const late: number[] = [];
  let dueMs = Number.POSITIVE_INFINITY;
  const all = new Promise<void>((done) => {
    queues.work('plain-due', 20, async (job) => {
      const { id } = job.data as { id: number };
      await pool.query({
        name: 'plain_due',
        text: 'UPDATE plain_due SET done_at = now() WHERE id = $1 AND done_at IS NULL',
        values: [id],
      });
      late.push(nowMs() - dueMs);
      if (late.length === count) done();
    });
  });
  dueMs = Date.now() + 3_000 + count * 4;
  for (let id = 1; id <= count; id += 1) await queues.add('plain-due', { id }, dueMs - Date.now());
  if (Date.now() > dueMs) throw new Error('adding the plain jobs took too long');
  await all;
  await queues.close();
  return late;
}
