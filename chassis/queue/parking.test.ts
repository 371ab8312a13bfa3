// A job whose payload no longer parses: set aside once, never handled, never
// lost, and its id is free again. On both queues.
import { createPostgresBackend, Queue, withBackend } from 'bullmq';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { z } from 'zod';
import { type TestDatabase, testDatabase } from '../../e2e/support/database.ts';
import { eventually } from '../../e2e/support/eventually.ts';
import { defineJob, type JobBackend, type JobHandler, PARKED_QUEUE } from '../jobs.ts';
import { createLog } from '../log.ts';
import { queueParked } from '../metrics.ts';
import { openQueue } from '../queue.ts';
import { type ParkedJob, trimParked } from './parking.ts';
import { PREFIX } from './redis.ts';

const REDIS_DATABASE = 15;
/** What an older version sent, and what this one understands. */
const once = { queue: 'once', attempts: 1, backoffMs: 0, concurrency: 1 };
const jobId = () => 'the-one';
const oldJob = defineJob({ ...once, jobId, payload: z.object({ name: z.string() }) });
const newJob = defineJob({ ...once, jobId, payload: z.object({ number: z.int() }) });

describe.each(['postgres', 'redis'] as const)('on %s', (backend) => {
  let database: TestDatabase;
  let redis: Redis;
  let redisUrl: string;
  let jobs: JobBackend;
  let lines: Record<string, unknown>[];
  let handled: number[];
  let parkedQueue: Queue;

  beforeAll(() => {
    redisUrl = `${inject('redisUrl')}/${REDIS_DATABASE}`;
    redis = new Redis(redisUrl);
  });
  afterAll(() => redis.disconnect());

  beforeEach(async () => {
    database = await testDatabase();
    await redis.flushdb();
    lines = [];
    handled = [];
    queueParked.reset();
    const log = createLog({ level: 'debug', destination: { write: (line) => lines.push(JSON.parse(line)) } });
    jobs = await openQueue({
      redisUrl: backend === 'redis' ? redisUrl : null,
      databaseUrl: database.url,
      log,
    });
    parkedQueue =
      backend === 'redis'
        ? new Queue(PARKED_QUEUE, { connection: redis, prefix: PREFIX })
        : (new (withBackend(createPostgresBackend).Queue)(PARKED_QUEUE, {
            connection: { connectionString: database.url, schema: 'bullmq', max: 1 },
          }) as unknown as Queue);
  });
  afterEach(async () => {
    await jobs.close(2_000);
    await parkedQueue.close();
    await database.drop();
  });

  const handle: JobHandler<{ number: number }> = async ({ number }) => void handled.push(number);
  const parked = async () =>
    (await parkedQueue.getJobs('wait', 0, -1, true)).map((job) => job.data as ParkedJob);
  const counted = async () => (await queueParked.get()).values.map(({ labels, value }) => [labels, value]);
  const errors = () => lines.filter((line) => line.level === 'error');

  it('is parked once, and the next one of its id is handled', async () => {
    await jobs.send(oldJob, { name: 'x'.repeat(20_000) });
    jobs.work(newJob, handle);
    const [job] = await eventually('it is parked', async () => {
      const found = await parked();
      return found.length > 0 && found;
    });
    expect(job).toMatchObject({ queue: 'once', job_id: 'the-one', name: 'once', payload_cut: true });
    expect(job?.payload).toMatch(/^\{"name":"xxx/);
    expect(JSON.stringify(job).length).toBeLessThan(12_000);
    expect(job?.issues).toMatchObject([{ path: 'number' }]);
    expect(Date.parse(job?.parked_at ?? '')).toBeLessThanOrEqual(Date.now());

    await eventually('the id is free', async () => {
      await jobs.send(newJob, { number: 7 });
      return handled.length > 0;
    });
    expect(new Set(handled)).toEqual(new Set([7]));
    expect(await parked()).toHaveLength(1);
    expect(await counted()).toEqual([[{ queue: 'once' }, 1]]);
    expect(errors()).toHaveLength(1);
    expect(errors()[0]).toMatchObject({ queue: 'once', job: 'the-one' });
  });

  it('is tried again for as long as it cannot be parked, also by a kind that has one try', async () => {
    // The server takes everything but parked jobs.
    if (backend === 'redis') await redis.lpush(`${PREFIX}:${PARKED_QUEUE}:id`, 'not a counter');
    else await database.query(`ALTER TABLE bullmq.job ADD CONSTRAINT closed CHECK (queue <> 'parked')`);
    await jobs.send(oldJob, { name: 'old' });
    jobs.work(newJob, handle);
    await eventually('two tries failed', () => lines.filter((line) => line.msg === 'job failed').length >= 2);
    expect(errors()).toEqual([]);
    if (backend === 'redis') await redis.del(`${PREFIX}:${PARKED_QUEUE}:id`);
    else await database.query('ALTER TABLE bullmq.job DROP CONSTRAINT closed');
    await eventually('it is parked', async () => (await parked()).length === 1);
    expect((await parked())[0]?.payload).toEqual({ name: 'old' });
    expect(handled).toEqual([]);
    expect(await counted()).toEqual([[{ queue: 'once' }, 1]]);
  });

  it('goes when newer ones fill the place', async () => {
    for (let n = 1; n <= 5; n += 1) await parkedQueue.add('once', { n });
    await trimParked(parkedQueue, 3);
    expect(new Set(await parked())).toEqual(new Set([{ n: 3 }, { n: 4 }, { n: 5 }]));
    await trimParked(parkedQueue, 3);
    expect(await parked()).toHaveLength(3);
  });
});
