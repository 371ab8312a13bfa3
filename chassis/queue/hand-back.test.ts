// A process that stops finishes its jobs within the grace time, or hands them back.
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { z } from 'zod';
import { type TestDatabase, testDatabase } from '../../e2e/support/database.ts';
import { eventually } from '../../e2e/support/eventually.ts';
import { defineJob, type JobBackend, type JobContext } from '../jobs.ts';
import { createLog } from '../log.ts';
import { openQueue } from '../queue.ts';

const job = defineJob({
  queue: 'hand-back-test',
  payload: z.object({ n: z.int() }),
  jobId: ({ n }) => `n-${n}`,
  attempts: 1,
  backoffMs: 0,
  concurrency: 4,
});

describe.each(['postgres', 'redis'] as const)('on %s', (kind) => {
  let database: TestDatabase;
  let backends: JobBackend[];
  const open = async () => {
    const redisUrl = kind === 'redis' ? `${inject('redisUrl')}/14` : null;
    const backend = await openQueue({
      redisUrl,
      databaseUrl: database.url,
      log: createLog({ level: 'silent' }),
    });
    backends.push(backend);
    return backend;
  };
  beforeEach(async () => {
    database = await testDatabase();
    backends = [];
  });
  afterEach(async () => {
    for (const backend of backends) await backend.close(1_000);
    await database.drop();
  });

  it('lets a job finish that can', async () => {
    const backend = await open();
    let begun = false;
    let finished = false;
    backend.work(job, async (_payload, { signal }) => {
      begun = true;
      await new Promise((done) => signal.addEventListener('abort', done));
      await delay(50);
      finished = true;
    });
    await backend.send(job, { n: 1 });
    await eventually('the job has begun', () => begun);
    await backend.close(10_000);
    expect(finished).toBe(true);
  });

  it.each([
    ['gives up when it is told to', async ({ signal }: JobContext) => signal.throwIfAborted(), true],
    ['hears nothing', async () => new Promise<void>(() => undefined), false],
  ])('hands a job back that %s', async (_what, handler, listens) => {
    const tries: number[] = [];
    const [first, second] = [await open(), await open()];
    let begun = false;
    first.work(job, async (_payload, context) => {
      begun = true;
      if (listens) await new Promise((done) => context.signal.addEventListener('abort', done));
      await handler(context);
    });
    await first.send(job, { n: 1 });
    await eventually('the job has begun', () => begun);
    await first.close(2_000);
    second.work(job, async (_payload, context) => void tries.push(context.tryNumber));
    // Well before the lock of a killed worker would be over.
    await eventually('another process has it', () => tries.length === 1, { deadlineMs: 5_000 });
    expect(tries).toEqual([1]);
  });
});
