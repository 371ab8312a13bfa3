// BullMQ on Redis or on PostgreSQL, behind one interface. This is the only file
// that knows which.
import {
  createPostgresBackend,
  type Job,
  type JobsOptions,
  type PgPool,
  Queue as RedisQueue,
  type Worker as RedisWorker,
  runMigrations,
  WaitingError,
  Worker,
  withBackend,
} from 'bullmq';
import { Redis } from 'ioredis';
import pg from 'pg';
import type { z } from 'zod';
import { type JobBackend, type JobHandler, type JobKind, PARKED_QUEUE } from './jobs.ts';
import type { Log } from './log.ts';
import { queueParked } from './metrics.ts';
import { type ParkedQueue, parkJob, trimParked } from './parked.ts';
import { addressOf, untilThere } from './wait-for-server.ts';
import { within } from './within.ts';

const SCHEMA = 'bullmq';
/** Locks are short: our handlers take seconds, and a killed worker's job should be back soon. */
const WORKER_OPTIONS = {
  lockDuration: 10_000,
  stalledInterval: 5_000,
  maxStalledCount: 10,
  // For jobs that were not sent by `send`, an older version's for one: their ids are free afterwards too.
  removeOnComplete: { count: 0 },
  removeOnFail: { count: 0 },
};
/** How often a schedule is asked for again, so that an emptied queue gets it back. */
const REPEAT_AGAIN_MS = 5_000;
/** Of the grace time: what is not finished by then is handed back, so that there is time for that too. */
const HAND_BACK_SHARE = 0.8;
/** For the connections, when all of the time was needed for what they carried. A frozen server never lets them go. */
const HANG_UP_MS = 200;
const CONNECT_MS = 5_000;
/** After this a worker that could not be opened is opened again. */
const OPEN_AGAIN_MS = 1_000;
/** A hint to a frozen backend; whoever leaves it, a user's request for one, is not kept waiting longer. */
const SEND_MS = 3_000;
/** The queue's tables; another process that is at it is waited for. */
const MIGRATE_MS = 30_000;
/** A job that could not be parked is tried again after this. */
const PARK_AGAIN_MS = 1_000;

type AnyQueue = ParkedQueue &
  Pick<RedisQueue, 'addBulk' | 'on' | 'close' | 'upsertJobScheduler' | 'waitUntilReady'>;
type AnyWorker = Pick<RedisWorker, 'on' | 'close' | 'waitUntilReady'>;
type Processor = ConstructorParameters<typeof RedisWorker>[1];

interface Connections {
  kind: JobBackend['kind'];
  queue(name: string): AnyQueue;
  /** The same queue for looking only, with all of its kind on few connections. */
  boardQueue(name: string): RedisQueue;
  worker(name: string, processor: Processor, concurrency: number): AnyWorker;
  ping(): Promise<void>;
  close(): Promise<void>;
}

export interface QueueOptions {
  /** Set: Redis. Null: PostgreSQL, in schema `bullmq` of `databaseUrl`. */
  redisUrl: string | null;
  databaseUrl: string;
  log: Log;
  /** How long to wait for a backend that is away; not at all unless said. */
  patienceMs?: number;
}

/**
 * Opens the queue backend, and waits for one that is away. On PostgreSQL its tables are made first.
 * Throws when the backend cannot be reached, or when Redis may evict keys (`maxmemory-policy` must be
 * `noeviction`).
 */
export async function openQueue(options: QueueOptions): Promise<JobBackend> {
  const { log, redisUrl, databaseUrl, patienceMs = 0 } = options;
  const connections = redisUrl
    ? await untilThere({ server: `Redis at ${addressOf(redisUrl)}`, patienceMs, log }, () =>
        connectRedis(redisUrl, log),
      )
    : await untilThere({ server: `PostgreSQL at ${addressOf(databaseUrl)}`, patienceMs, log }, () =>
        connectPostgres(databaseUrl),
      );
  const queues = new Map<string, AnyQueue>();
  const boards: RedisQueue[] = [];
  const workers = new Set<AnyWorker>();
  const timers: NodeJS.Timeout[] = [];
  const stopping = new AbortController();
  // Rejects when a stop has no more patience with what is being worked on.
  let endPatience: (reason: Error) => void = () => undefined;
  const outOfTime = new Promise<never>((_, reject) => {
    endPatience = reject;
  });
  outOfTime.catch(() => undefined);
  let handledAt: number | null = null;
  let closing: Promise<void> | undefined;

  const queueOf = (name: string): AnyQueue => {
    const known = queues.get(name);
    if (known) return known;
    const queue = connections.queue(name);
    // An `error` event without a listener ends the process.
    queue.on('error', (error) => log.debug({ queue: name, err: error }, 'queue connection'));
    queues.set(name, queue);
    // BullMQ never opens again what it could not open once: whoever asks next gets a new one.
    queue.waitUntilReady().catch(() => {
      queues.delete(name);
      queue.close().catch(() => undefined);
    });
    return queue;
  };

  const park = async (queue: string, job: Job, issues: z.core.$ZodIssue[]): Promise<void> => {
    const parked = queueOf(PARKED_QUEUE);
    try {
      await parkJob(parked, queue, job, issues);
    } catch (cause) {
      // Tried again however few tries its kind allows: a job that is neither handled nor parked is lost.
      job.opts.attempts = job.attemptsMade + 2;
      job.opts.backoff = { type: 'fixed', delay: PARK_AGAIN_MS };
      throw new Error('the payload does not parse, and the job could not be parked', { cause });
    }
    queueParked.inc({ queue });
    log.error({ queue, job: job.id, issues: issues.slice(0, 5) }, 'job payload does not parse: parked');
    await trimParked(parked).catch((err) => log.warn({ err }, 'parked jobs not trimmed'));
  };

  return {
    kind: connections.kind,

    async send(kind, payload, { delayMs } = {}) {
      try {
        const options = jobOptions(kind, payload, delayMs);
        const data = kind.payload.parse(payload);
        await within(SEND_MS, () => queueOf(kind.queue).add(kind.queue, data, options));
        return true;
      } catch (err) {
        log.warn({ queue: kind.queue, payload, err }, 'hint not delivered; the sweep will find the row');
        return false;
      }
    },

    async sendMany(kind, hints) {
      if (hints.length === 0) return true;
      try {
        const jobs = hints.map(({ payload, delayMs }) => ({
          name: kind.queue,
          data: kind.payload.parse(payload),
          opts: jobOptions(kind, payload, delayMs),
        }));
        const [first] = jobs;
        // In bulk a single one would cost twice as much.
        const add = () =>
          first && jobs.length === 1
            ? queueOf(kind.queue).add(first.name, first.data, first.opts)
            : queueOf(kind.queue).addBulk(jobs);
        await within<unknown>(SEND_MS, add);
        return true;
      } catch (err) {
        const count = hints.length;
        log.warn({ queue: kind.queue, count, err }, 'hints not delivered; the sweep will find the rows');
        return false;
      }
    },

    work<P>(kind: JobKind<P>, handler: JobHandler<P>) {
      const processor: Processor = async (job, token, signal) => {
        const parsed = kind.payload.safeParse(job.data);
        // Put aside, it is done with here.
        if (!parsed.success) return park(kind.queue, job, parsed.error.issues);
        const tryNumber = job.attemptsMade + 1;
        const signals = signal ? [stopping.signal, signal] : [stopping.signal];
        const work = handler(parsed.data, {
          tryNumber,
          lastTry: tryNumber >= kind.attempts,
          signal: AbortSignal.any(signals),
        });
        try {
          await Promise.race([work, outOfTime]);
        } catch (error) {
          // Another process goes on with it at once, and the try does not count.
          if (!stopping.signal.aborted) throw error;
          await job.moveToWait(token);
          throw new WaitingError();
        }
        handledAt = Date.now();
      };
      const start = () => {
        const worker = connections.worker(kind.queue, processor, kind.concurrency);
        worker.on('error', (error) => log.debug({ queue: kind.queue, err: error }, 'worker connection'));
        worker.on('failed', (job, error) => {
          log.warn({ queue: kind.queue, job: job?.id, try: job?.attemptsMade, err: error }, 'job failed');
        });
        workers.add(worker);
        // As with a queue, see there: without this a process would run and do no work.
        worker.waitUntilReady().catch((err) => {
          if (stopping.signal.aborted) return;
          log.warn({ queue: kind.queue, err }, 'worker not opened; trying again');
          workers.delete(worker);
          worker.close().catch(() => undefined);
          setTimeout(() => !stopping.signal.aborted && start(), OPEN_AGAIN_MS);
        });
      };
      start();
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

    board(names) {
      const shown = names.map((name) => connections.boardQueue(name));
      for (const queue of shown) queue.on('error', (err) => log.debug({ err }, 'queue connection'));
      boards.push(...shown);
      return shown;
    },
    lastHandledAt: () => handledAt,
    ping: () => connections.ping(),

    close(deadlineMs) {
      closing ??= closeAll(deadlineMs);
      return closing;
    },
  };

  async function closeAll(deadlineMs: number): Promise<void> {
    for (const timer of timers) clearInterval(timer);
    stopping.abort(new Error('the process is stopping'));
    const deadline = new Promise<void>((resolve) => setTimeout(resolve, deadlineMs).unref());
    const patience = setTimeout(
      () => endPatience(new Error('not finished within the grace time')),
      deadlineMs * HAND_BACK_SHARE,
    );
    await Promise.race([Promise.allSettled([...workers].map((worker) => worker.close())), deadline]);
    clearTimeout(patience);
    await Promise.race([
      Promise.allSettled([...queues.values(), ...boards].map((queue) => queue.close())),
      deadline,
    ]);
    await within(HANG_UP_MS, () => connections.close()).catch((err) =>
      log.debug({ err }, 'queue connections'),
    );
  }
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

/** Connects, or throws what kept it from that and leaves no client behind that goes on trying. */
async function connected(redis: Redis): Promise<void> {
  let reason: Error | undefined;
  redis.on('error', (error) => {
    reason = error;
  });
  try {
    await within(CONNECT_MS, () => redis.connect());
  } catch (error) {
    redis.disconnect();
    // What connect() itself says is only that the connection is closed.
    throw reason ?? error;
  }
}

async function connectRedis(url: string, log: Log): Promise<Connections> {
  // Hints must fail at once when Redis is away: no offline queue, one try.
  const hints = new Redis(url, { enableOfflineQueue: false, maxRetriesPerRequest: 1, lazyConnect: true });
  const work = new Redis(url, { maxRetriesPerRequest: null, lazyConnect: true });
  for (const redis of [hints, work]) {
    redis.on('error', (error) => log.debug({ err: error }, 'redis connection'));
  }
  await connected(hints);
  await connected(work).catch((error) => {
    hints.disconnect();
    throw error;
  });
  // Managed services may forbid the question; then it is on them.
  const ask = () => hints.config('GET', 'maxmemory-policy').catch(() => []);
  const [, policy] = (await within(CONNECT_MS, ask)) as string[];
  if (policy !== undefined && policy !== 'noeviction') {
    await Promise.all([hints.quit(), work.quit()]);
    throw new Error(`Redis may evict jobs: maxmemory-policy is "${policy}", it must be "noeviction"`);
  }
  return {
    kind: 'redis',
    queue: (name) => new RedisQueue(name, { connection: hints, skipWaitingForReady: true }),
    boardQueue: (name) => new RedisQueue(name, { connection: hints, skipWaitingForReady: true }),
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
  const client = new pg.Client({ connectionString: databaseUrl, connectionTimeoutMillis: CONNECT_MS });
  client.on('error', () => undefined);
  await client.connect();
  try {
    await within(MIGRATE_MS, () => runMigrations(client, SCHEMA));
  } finally {
    await within(HANG_UP_MS, () => client.end()).catch(() => undefined);
  }
  const classes = withBackend(createPostgresBackend);
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 1 });
  pool.on('error', () => undefined);
  // BullMQ takes connections out of its pool without listening for their errors, and one that is cut
  // under a statement would take the process with it. The statement's own error is told anyway.
  const onConnect = (client: pg.ClientBase) => void client.on('error', () => undefined);
  // What a crash of the server takes from the queue is hints, and the sweep has them; a commit that waits
  // for the disk is most of what a job costs otherwise.
  const options = '-c synchronous_commit=off';
  const connection = { connectionString: databaseUrl, schema: SCHEMA, max: 3, onConnect, options };
  const boardPool = new pg.Pool({
    connectionString: databaseUrl,
    options: `-c search_path=${SCHEMA}`,
    max: 3,
    onConnect,
  });
  boardPool.on('error', () => undefined);
  return {
    kind: 'postgres',
    queue: (name) => new classes.Queue(name, { connection }) as unknown as AnyQueue,
    boardQueue: (name) =>
      new classes.Queue(name, { connection: boardPool as unknown as PgPool }) as unknown as RedisQueue,
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
      await Promise.all([pool.end(), boardPool.end()]);
    },
  };
}
