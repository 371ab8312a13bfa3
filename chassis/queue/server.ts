// The interface to BullMQ on either server. `redis.ts` and `postgres.ts` implement it; no other
// code depends on which one is in use.
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
  // Short, because our handlers take seconds, and another worker should soon take over the jobs of a killed one.
  lockDuration: 10_000,
  stalledInterval: 5_000,
  // A roll-out may kill the worker of a job several times. By default BullMQ fails a job the second time.
  maxStalledCount: 10,
  // For jobs that were not added by `send`, for example by an older version: their ids must become free too.
  removeOnComplete: { count: 0 },
  removeOnFail: { count: 0 },
};
