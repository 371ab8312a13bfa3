// BullMQ on Redis or on PostgreSQL, behind one interface. This is the only file
// that knows which.
import {
  createPostgresBackend,
  type JobsOptions,
  Queue as RedisQueue,
  type Worker as RedisWorker,
  runMigrations,
  UnrecoverableError,
  Worker,
  withBackend,
} from 'bullmq';
import { Redis } from 'ioredis';
import pg from 'pg';
import type { JobBackend, JobHandler, JobKind } from './jobs.ts';
import type { Log } from './log.ts';

const SCHEMA = 'bullmq';
/** Locks are short: our handlers take seconds, and a killed worker's job should be back soon. */
const WORKER_OPTIONS = { lockDuration: 10_000, stalledInterval: 5_000, maxStalledCount: 10 };
/** How often a schedule is asked for again, so that an emptied queue gets it back. */
const REPEAT_AGAIN_MS = 5_000;

type AnyQueue = Pick<RedisQueue, 'add' | 'on' | 'close' | 'upsertJobScheduler' | 'waitUntilReady'>;
type AnyWorker = Pick<RedisWorker, 'on' | 'close'>;
type Processor = ConstructorParameters<typeof RedisWorker>[1];

interface Connections {
  kind: JobBackend['kind'];
  queue(name: string): AnyQueue;
  worker(name: string, processor: Processor, concurrency: number): AnyWorker;
  ping(): Promise<void>;
  close(): Promise<void>;
}

export interface QueueOptions {
  /** Set: Redis. Null: PostgreSQL, in schema `bullmq` of `databaseUrl`. */
  redisUrl: string | null;
  databaseUrl: string;
  log: Log;
}

/**
 * Opens the queue backend. On PostgreSQL its tables are made first. Throws when the backend cannot
 * be reached, or when Redis may evict keys (`maxmemory-policy` must be `noeviction`).
 */
export async function openQueue(options: QueueOptions): Promise<JobBackend> {
  const { log } = options;
  const connections = options.redisUrl
    ? await connectRedis(options.redisUrl, log)
    : await connectPostgres(options.databaseUrl);
  const queues = new Map<string, AnyQueue>();
  const workers: AnyWorker[] = [];
  const timers: NodeJS.Timeout[] = [];
  const stopping = new AbortController();
  let handledAt: number | null = null;

  const queueOf = (name: string): AnyQueue => {
    const known = queues.get(name);
    if (known) return known;
    const queue = connections.queue(name);
    // An `error` event without a listener ends the process.
    queue.on('error', (error) => log.debug({ queue: name, err: error }, 'queue connection'));
    queues.set(name, queue);
    return queue;
  };

  return {
    kind: connections.kind,

    async send(kind, payload, { delayMs } = {}) {
      try {
        await queueOf(kind.queue).add(
          kind.queue,
          kind.payload.parse(payload),
          jobOptions(kind, payload, delayMs),
        );
        return true;
      } catch (error) {
        log.warn(
          { queue: kind.queue, payload, err: error },
          'hint not delivered; the sweep will find the row',
        );
        return false;
      }
    },

    work<P>(kind: JobKind<P>, handler: JobHandler<P>) {
      const processor: Processor = async (job, _token, signal) => {
        const parsed = kind.payload.safeParse(job.data);
        if (!parsed.success) {
          log.error(
            { queue: kind.queue, job: job.id, issues: parsed.error.issues },
            'job payload does not parse: dropped',
          );
          throw new UnrecoverableError('payload does not parse');
        }
        const tryNumber = job.attemptsMade + 1;
        const signals = signal ? [stopping.signal, signal] : [stopping.signal];
        await handler(parsed.data, {
          tryNumber,
          lastTry: tryNumber >= kind.attempts,
          signal: AbortSignal.any(signals),
        });
        handledAt = Date.now();
      };
      const worker = connections.worker(kind.queue, processor, kind.concurrency);
      worker.on('error', (error) => log.debug({ queue: kind.queue, err: error }, 'worker connection'));
      worker.on('failed', (job, error) => {
        log.warn({ queue: kind.queue, job: job?.id, try: job?.attemptsMade, err: error }, 'job failed');
      });
      workers.push(worker);
    },

    repeat<P>(kind: JobKind<P>, payload: P, everyMs: number) {
      const ask = async () => {
        try {
          await queueOf(kind.queue).upsertJobScheduler(
            kind.queue,
            { every: everyMs },
            { name: kind.queue, data: payload, opts: { removeOnComplete: true, removeOnFail: true } },
          );
        } catch (error) {
          log.warn({ queue: kind.queue, err: error }, 'schedule not set; trying again');
        }
      };
      void ask();
      timers.push(setInterval(() => void ask(), REPEAT_AGAIN_MS));
    },

    lastHandledAt: () => handledAt,
    ping: () => connections.ping(),

    async close(deadlineMs) {
      for (const timer of timers) clearInterval(timer);
      stopping.abort(new Error('the process is stopping'));
      const deadline = new Promise<void>((resolve) => setTimeout(resolve, deadlineMs).unref());
      await Promise.race([Promise.allSettled(workers.map((worker) => worker.close())), deadline]);
      await Promise.race([Promise.allSettled([...queues.values()].map((queue) => queue.close())), deadline]);
      await connections.close();
    },
  };
}

function jobOptions<P>(kind: JobKind<P>, payload: P, delayMs: number | undefined): JobsOptions {
  return {
    attempts: kind.attempts,
    backoff: { type: 'exponential', delay: kind.backoffMs, jitter: 0.5 },
    // A finished job that is kept would silently swallow the next one of the same id.
    removeOnComplete: true,
    removeOnFail: true,
    ...(delayMs === undefined ? {} : { delay: Math.max(0, Math.round(delayMs)) }),
    ...(kind.jobId ? { jobId: kind.jobId(payload) } : {}),
    ...(kind.lookAgainId ? { deduplication: { id: kind.lookAgainId(payload), keepLastIfActive: true } } : {}),
  };
}

async function connectRedis(url: string, log: Log): Promise<Connections> {
  // Hints must fail at once when Redis is away: no offline queue, one try.
  const hints = new Redis(url, { enableOfflineQueue: false, maxRetriesPerRequest: 1, lazyConnect: true });
  const work = new Redis(url, { maxRetriesPerRequest: null, lazyConnect: true });
  for (const redis of [hints, work]) {
    redis.on('error', (error) => log.debug({ err: error }, 'redis connection'));
  }
  await Promise.all([hints.connect(), work.connect()]);
  // Managed services may forbid the question; then it is on them.
  const [, policy] = (await hints.config('GET', 'maxmemory-policy').catch(() => [])) as string[];
  if (policy !== undefined && policy !== 'noeviction') {
    await Promise.all([hints.quit(), work.quit()]);
    throw new Error(`Redis may evict jobs: maxmemory-policy is "${policy}", it must be "noeviction"`);
  }
  return {
    kind: 'redis',
    queue: (name) => new RedisQueue(name, { connection: hints, skipWaitingForReady: true }),
    worker: (name, processor, concurrency) =>
      new Worker(name, processor, { connection: work, concurrency, ...WORKER_OPTIONS }),
    async ping() {
      await hints.ping();
    },
    async close() {
      for (const redis of [hints, work]) redis.disconnect();
    },
  };
}

async function connectPostgres(databaseUrl: string): Promise<Connections> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await runMigrations(client, SCHEMA);
  } finally {
    await client.end();
  }
  const classes = withBackend(createPostgresBackend);
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 1 });
  pool.on('error', () => undefined);
  const connection = { connectionString: databaseUrl, schema: SCHEMA, max: 3 };
  return {
    kind: 'postgres',
    queue: (name) => new classes.Queue(name, { connection }) as unknown as AnyQueue,
    worker: (name, processor, concurrency) =>
      new classes.Worker(name, processor, {
        connection,
        concurrency,
        ...WORKER_OPTIONS,
      }) as unknown as AnyWorker,
    async ping() {
      await pool.query('SELECT 1');
    },
    async close() {
      await pool.end();
    },
  };
}
