// What the rest of the queue needs of BullMQ on either server. `redis.ts` and
// `postgres.ts` implement it; nothing else knows which one is in use.
import type { Processor, Queue, Worker } from 'bullmq';

/** BullMQ on one server, with the connections that all queues and workers of this process share. */
export interface QueueServer {
  readonly kind: 'redis' | 'postgres';
  /** A queue to add jobs to and to look at. It becomes usable when `waitUntilReady` resolves. */
  queue(name: string): Queue;
  /** A worker that has started to take jobs. */
  worker(name: string, processor: Processor, concurrency: number): Worker;
  /** Throws when the server does not answer. */
  ping(): Promise<void>;
  /** Closes the shared connections, after all queues and workers. */
  close(): Promise<void>;
}

/** How long one connection attempt may take, ms. */
export const CONNECT_MS = 5_000;

/** The same for every worker, on either server. */
export const WORKER_OPTIONS = {
  // Our handlers take seconds, and the jobs of a killed worker should be taken over soon.
  lockDuration: 10_000,
  stalledInterval: 5_000,
  // A roll-out may kill a job's worker several times; BullMQ fails the job after the first time otherwise.
  maxStalledCount: 10,
  // Jobs that our `send` has not added (an older version has, for example) must free their ids too.
  removeOnComplete: { count: 0 },
  removeOnFail: { count: 0 },
};
