// BullMQ on Redis.
import { Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import type { Log } from '../log.ts';
import { withTimeLimit } from '../time-limit.ts';
import { CONNECT_MS, type QueueServer, WORKER_OPTIONS } from './server.ts';

/**
 * Connects to Redis. Two connections are shared by all queues and workers of this process; each worker has
 * one more, on which it waits for jobs. Throws what kept it from connecting, or a readable Error when Redis
 * may evict keys.
 */
export async function connectRedis(url: string, log: Log): Promise<QueueServer> {
  // A hint must fail at once when Redis is away: no offline queue, one try.
  const hints = new Redis(url, { enableOfflineQueue: false, maxRetriesPerRequest: 1, lazyConnect: true });
  const work = new Redis(url, { maxRetriesPerRequest: null, lazyConnect: true });
  const disconnect = () => {
    for (const redis of [hints, work]) redis.disconnect();
  };
  for (const redis of [hints, work]) {
    redis.on('error', (error) => log.debug({ err: error }, 'redis connection'));
  }
  try {
    await connect(hints);
    await connect(work);
    await refuseEviction(hints);
  } catch (error) {
    disconnect();
    throw error;
  }
  return {
    kind: 'redis',
    queue: (name) => new Queue(name, { connection: hints, skipWaitingForReady: true }),
    worker: (name, processor, concurrency) =>
      new Worker(name, processor, { connection: work, concurrency, ...WORKER_OPTIONS }),
    async ping() {
      await hints.ping();
    },
    async close() {
      disconnect();
    },
  };
}

/** Connects, or throws the reason: what `connect()` itself throws is only that the connection is closed. */
async function connect(redis: Redis): Promise<void> {
  let reason: Error | undefined;
  const keepReason = (error: Error) => {
    reason = error;
  };
  redis.on('error', keepReason);
  try {
    await withTimeLimit(CONNECT_MS, () => redis.connect());
  } catch (error) {
    throw reason ?? error;
  } finally {
    redis.off('error', keepReason);
  }
}

/** Jobs are no cache. Managed services may forbid the question; then their operator has to see to it. */
async function refuseEviction(redis: Redis): Promise<void> {
  const ask = () => redis.config('GET', 'maxmemory-policy').catch(() => []);
  const [, policy] = (await withTimeLimit(CONNECT_MS, ask)) as string[];
  if (policy !== undefined && policy !== 'noeviction') {
    throw new Error(`Redis may evict jobs: maxmemory-policy is "${policy}", it must be "noeviction"`);
  }
}
