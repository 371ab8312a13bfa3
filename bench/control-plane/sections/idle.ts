// One booking at a time: the time until the platform is called. Baseline: the same rows committed, one job, a second
// job, the same call.
import { Agent } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { Figure } from '../figures.ts';
import { post } from '../http.ts';
import { nowMs, percentile } from '../measure.ts';
import { type BenchOptions, scaled } from '../options.ts';
import { bookPlainly } from '../plain-booking.ts';
import { openPlainQueues } from '../plain-queue.ts';
import { startWorld, type World } from '../world.ts';

const TARGET = { limit: 25, text: 'at most 25 ms' };

/** Pause between two bookings: long enough for the previous bot to leave, and random, so not in phase with the sweep. */
const pause = () => delay(400 + Math.random() * 300);

export async function idle(options: BenchOptions): Promise<Figure[]> {
  const world = await startWorld(options, { limit: 10 });
  const count = scaled(options, 100, 10);
  const { platform, book, accounts } = world;
  platform.behave({ kind: 'brief', stayMs: 20 });
  const fromRequest: number[] = [];
  const fromAnswer: number[] = [];
  for (let n = 0; n < count; n += 1) {
    await pause();
    const account = accounts[0];
    if (!account) break;
    const booking = await book(account);
    const startAtMs = await platform.at('start', booking.botId);
    fromRequest.push(startAtMs - booking.sentAtMs);
    fromAnswer.push(startAtMs - booking.answeredAtMs);
  }
  await world.stopPrograms();
  const bare = await plainly(world, count);
  await world.close();
  const line = (name: string, ours: number[], theirs: number[] | null, share: number): Figure => ({
    section: 'idle',
    name,
    value: percentile(ours, share),
    unit: 'ms',
    baseline: theirs ? percentile(theirs, share) : null,
  });
  return [
    { ...line('request to deploy call, p50', fromRequest, bare.fromRequest, 0.5), target: TARGET },
    line('request to deploy call, p99', fromRequest, bare.fromRequest, 0.99),
    line('201 to deploy call, p50', fromAnswer, bare.fromAnswer, 0.5),
    line('201 to deploy call, p99', fromAnswer, bare.fromAnswer, 0.99),
  ];
}

async function plainly({ servers, platform, platformUrl, accounts }: World, count: number) {
  const queues = await openPlainQueues(servers);
  const agent = new Agent({ keepAlive: true });
  queues.work('plain-first', 20, (job) => queues.add('plain-second', job.data));
  queues.work('plain-second', 20, async (job) => {
    await post(agent, `${platformUrl}/plain/start`, job.data);
  });
  const fromRequest: number[] = [];
  const fromAnswer: number[] = [];
  for (let n = -5; n < count; n += 1) {
    await pause();
    const sentAtMs = nowMs();
    const botId = await bookPlainly(servers.pool, accounts[0]?.userId ?? '');
    await queues.add('plain-first', { botId });
    const answeredAtMs = nowMs();
    const startAtMs = await platform.at('start', botId);
    if (n < 0) continue;
    fromRequest.push(startAtMs - sentAtMs);
    fromAnswer.push(startAtMs - answeredAtMs);
  }
  await queues.close();
  agent.destroy();
  return { fromRequest, fromAnswer };
}
