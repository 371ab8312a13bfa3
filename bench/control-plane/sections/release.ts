// One slot and a queue of bots: the time from the end of one bot to the platform's call for the next. Baseline: a job
// that runs one statement and makes the same call.
import { Agent } from 'node:http';
import type { Figure } from '../figures.ts';
import { post } from '../http.ts';
import { nowMs, percentile } from '../measure.ts';
import { type BenchOptions, scaled } from '../options.ts';
import { openPlainQueues } from '../plain-queue.ts';
import { startWorld, type World } from '../world.ts';

const TARGET = { limit: 25, text: 'at most 25 ms' };
/** Longer than the effects of the previous release last. */
const STAY_MS = 100;

export async function release(options: BenchOptions): Promise<Figure[]> {
  const count = scaled(options, 200, 10);
  // With one slot, each call clearly belongs to the release before it.
  const world = await startWorld(options, { limit: 1 });
  const { platform, book, accounts } = world;
  platform.behave({ kind: 'brief', stayMs: STAY_MS });
  const [account] = accounts;
  if (!account) throw new Error('there is no account');
  for (let n = 0; n <= count; n += 1) await book(account);
  await platform.count('done', count + 1, 30_000 + count * 2_000);
  const starts = platform.of('start').map((event) => event.atMs);
  const next = (endedAtMs: number) => starts.find((atMs) => atMs > endedAtMs);
  const waits = (kind: 'done' | 'stopped') =>
    platform.of(kind).flatMap((event) => {
      const startAtMs = next(event.atMs);
      return startAtMs === undefined ? [] : [startAtMs - event.atMs];
    });
  const [fromDone, fromStop] = [waits('done'), waits('stopped')];
  await world.stopPrograms();
  const bare = await plainly(world, count);
  await world.close();
  const line = (name: string, ours: number[], share: number): Figure => ({
    section: 'release',
    name: `${name}, p${share * 100}`,
    value: percentile(ours, share),
    unit: 'ms',
    baseline: percentile(bare, share),
  });
  return [
    { ...line('DONE accepted to next deploy call', fromDone, 0.5), target: TARGET },
    line('DONE accepted to next deploy call', fromDone, 0.99),
    { ...line('stop confirmed to next deploy call', fromStop, 0.5), target: TARGET },
    line('stop confirmed to next deploy call', fromStop, 0.99),
  ];
}

async function plainly({ servers, platform, platformUrl }: World, count: number): Promise<number[]> {
  const { pool } = servers;
  await pool.query('CREATE TABLE plain_line (id int PRIMARY KEY, taken_at timestamptz)');
  await pool.query('INSERT INTO plain_line SELECT generate_series(1, $1::int)', [count + 10]);
  const queues = await openPlainQueues(servers);
  const agent = new Agent({ keepAlive: true });
  queues.work('plain-release', 20, async (job) => {
    await pool.query({
      name: 'plain_line',
      text: `UPDATE plain_line SET taken_at = now() WHERE id = (
        SELECT id FROM plain_line WHERE taken_at IS NULL ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED)`,
    });
    await post(agent, `${platformUrl}/plain/start`, job.data);
  });
  const waits: number[] = [];
  for (let n = -5; n < count; n += 1) {
    await new Promise((done) => setTimeout(done, STAY_MS));
    const releasedAtMs = nowMs();
    const botId = `plain-${n}`;
    await queues.add('plain-release', { botId });
    const startAtMs = await platform.at('start', botId);
    if (n >= 0) waits.push(startAtMs - releasedAtMs);
  }
  await queues.close();
  agent.destroy();
  return waits;
}
