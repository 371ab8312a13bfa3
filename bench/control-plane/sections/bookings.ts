// Bookings per second over HTTP. Each is for a few minutes ahead, so it also adds a delayed job. Baseline: the same
// rows and such a job, with plain pg and BullMQ.
import type { Figure } from '../figures.ts';
import { loop, percentile } from '../measure.ts';
import { type BenchOptions, scaled } from '../options.ts';
import { bookPlainly } from '../plain-booking.ts';
import { openPlainQueues } from '../plain-queue.ts';
import { startWorld, type World } from '../world.ts';

const AHEAD_MS = 9 * 60_000;
const CASES = [
  { clients: 1, accounts: 1, label: '1 client' },
  { clients: 16, accounts: 1, label: '16 clients, one account' },
  { clients: 16, accounts: 16, label: '16 clients, an account each' },
] as const;

interface Rate {
  perSecond: number;
  p50: number;
}

export async function bookings(options: BenchOptions): Promise<Figure[]> {
  const world = await startWorld(options, { limit: 10, accounts: 16 });
  const seconds = scaled(options, 8, 1);
  const measured: Rate[] = [];
  for (const { clients, accounts } of CASES) {
    const { perSecond, cycleMs } = await loop(clients, seconds, (n) =>
      world.book(accountOf(world, n % accounts), new Date(Date.now() + AHEAD_MS)),
    );
    measured.push({ perSecond, p50: percentile(cycleMs, 0.5) });
    await world.servers.pool.query(`DELETE FROM bots WHERE status = 'SCHEDULED'`);
  }
  await world.stopPrograms();
  const queues = await openPlainQueues(world.servers);
  const bare: Rate[] = [];
  for (const { clients, accounts } of CASES) {
    const { perSecond, cycleMs } = await loop(clients, seconds, async (n) => {
      const id = await bookPlainly(world.servers.pool, accountOf(world, n % accounts).userId);
      await queues.add('plain-start', { id }, AHEAD_MS);
    });
    bare.push({ perSecond, p50: percentile(cycleMs, 0.5) });
  }
  await queues.close();
  await world.close();
  return CASES.flatMap(({ label }, n): Figure[] => {
    const [ours, theirs] = [measured[n], bare[n]];
    if (!ours || !theirs) return [];
    const common = { section: 'bookings' };
    return [
      { ...common, name: label, value: ours.perSecond, unit: '/s', baseline: theirs.perSecond },
      { ...common, name: `${label}, p50`, value: ours.p50, unit: 'ms', baseline: theirs.p50 },
    ];
  });
}

function accountOf(world: World, n: number) {
  const account = world.accounts[n];
  if (!account) throw new Error(`there is no account ${n}`);
  return account;
}
