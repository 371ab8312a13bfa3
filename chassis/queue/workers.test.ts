// Nothing of a job stays when it is over, however many there are: one job a
// second that leaves 300 bytes behind is 26 MB a day.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Job, Processor, Worker } from 'bullmq';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { defineJob, type JobHandler } from '../jobs.ts';
import { createLog } from '../log.ts';
import { Queues } from './queues.ts';
import type { QueueServer } from './server.ts';
import { Workers } from './workers.ts';

const kind = defineJob({
  queue: 'many',
  payload: z.object({ n: z.int() }),
  attempts: 1,
  backoffMs: 0,
  concurrency: 1,
});
const log = createLog({ level: 'silent' });

/** Workers whose server hands jobs to the returned processor, which is how BullMQ calls it. */
function withProcessor(handler: JobHandler<{ n: number }>): { workers: Workers; process: Processor } {
  let process: Processor | undefined;
  const server = {
    worker(_name: string, processor: Processor) {
      process = processor;
      return { on: () => undefined, waitUntilReady: async () => undefined } as unknown as Worker;
    },
  } as unknown as QueueServer;
  const workers = new Workers(new Queues(() => server, log), log);
  workers.start(server, kind, handler);
  if (!process) throw new Error('no worker was started');
  return { workers, process };
}

function heapBytes(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().heapUsed;
}

const JOBS = 50_000;
const job = (n: number) => ({ data: { n }, attemptsMade: 0 }) as unknown as Job;

it.each([
  ['succeeds', async () => undefined],
  [
    'listens for the stop and takes a turn of the event loop',
    async (_payload: unknown, { signal }: { signal: AbortSignal }) => {
      signal.addEventListener('abort', () => undefined);
      await Promise.resolve();
    },
  ],
  ['fails', () => Promise.reject(new Error('no'))],
] as [string, JobHandler<{ n: number }>][])('keeps nothing of a job that %s', async (_what, handler) => {
  const { workers, process } = withProcessor(handler);
  const handle = async (count: number) => {
    for (let n = 0; n < count; n += 1) {
      const lockLost = new AbortController();
      await Promise.resolve(process(job(n), 'token', lockLost.signal)).catch(() => undefined);
      if (n % 1_000 === 0) await new Promise(setImmediate);
    }
  };
  await handle(2_000);
  const before = heapBytes();
  await handle(JOBS);
  const bytesOfAJob = (heapBytes() - before) / JOBS;
  expect(bytesOfAJob).toBeLessThan(20);
  expect(workers.inHand.size).toBe(0);
});

it('tells every job in hand, and every later one, that the process stops', async () => {
  const signals: AbortSignal[] = [];
  const { workers, process } = withProcessor(async (_payload, { signal }) => {
    signals.push(signal);
    if (!signal.aborted) await new Promise((done) => signal.addEventListener('abort', done));
  });
  const first = process(job(1), 'token', new AbortController().signal);
  expect(workers.inHand.size).toBe(1);
  workers.inHand.abort(new Error('stopping'));
  await first;
  await process(job(2), 'token', new AbortController().signal);
  expect(signals.map(({ aborted }) => aborted)).toEqual([true, true]);
});

it('hands a job back that is not finished when the time is over, and tells it when its lock is lost', async () => {
  const seen: unknown[] = [];
  const { workers, process } = withProcessor(async (_payload, { signal }) => {
    signal.addEventListener('abort', () => seen.push((signal.reason as Error).message));
    await new Promise(() => undefined);
  });
  const lockLost = new AbortController();
  const moved: unknown[] = [];
  const stuck = {
    ...job(1),
    moveToWait: async (token: string) => void moved.push(token),
  } as unknown as Job;
  const outcome = Promise.resolve(process(stuck, 'token', lockLost.signal));
  lockLost.abort(new Error('lock lost'));
  workers.inHand.abort(new Error('stopping'));
  workers.inHand.giveUp(new Error('out of time'));
  await expect(outcome).rejects.toThrow();
  expect(seen).toEqual(['lock lost']);
  expect(moved).toEqual(['token']);
});
