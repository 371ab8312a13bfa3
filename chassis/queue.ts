// The job queue of one process: BullMQ on Redis or on PostgreSQL, behind the
// interface `JobBackend` (jobs.ts). The parts are in queue/:
//
//   redis.ts, postgres.ts   the two servers, with the connections that this process shares
//   queues.ts, hints.ts     adding jobs
//   workers.ts              handling them; schedules.ts: repeating them
//   parking.ts              jobs whose payload no longer parses
//   shutdown.ts             the end
import type { JobBackend } from './jobs.ts';
import type { Log } from './log.ts';
import { hintSender } from './queue/hints.ts';
import { connectPostgres } from './queue/postgres.ts';
import { Queues } from './queue/queues.ts';
import { connectRedis } from './queue/redis.ts';
import { Schedules } from './queue/schedules.ts';
import type { QueueServer } from './queue/server.ts';
import { shutDown } from './queue/shutdown.ts';
import { Workers } from './queue/workers.ts';
import { addressOf, untilThere } from './wait-for-server.ts';

export interface QueueOptions {
  /** Set: Redis. Null: PostgreSQL, in schema `bullmq` of `databaseUrl`. */
  redisUrl: string | null;
  /** Must lead to PostgreSQL itself, not to a pooler. */
  databaseUrl: string;
  /** Connections to PostgreSQL that all queues and workers share, besides one that LISTENs for workers. */
  poolSize?: number;
  /** Shown in pg_stat_activity. */
  applicationName?: string;
  log: Log;
  /** How long to wait for a server that is away, ms; 0, the default, does not wait. */
  patienceMs?: number;
}

/**
 * Opens the queue. On PostgreSQL its tables are made first. Throws when the server cannot be reached within
 * the patience, or when Redis may evict keys (`maxmemory-policy` must be `noeviction`).
 */
export async function openQueue(options: QueueOptions): Promise<JobBackend> {
  const { log } = options;
  const server = await connect(options);
  const queues = new Queues(() => server, log);
  const workers = new Workers(queues, log);
  const schedules = new Schedules(queues, log);
  let closing: Promise<void> | undefined;
  return {
    ...hintSender(queues, log),
    kind: server.kind,
    work: (kind, handler) => workers.start(server, kind, handler),
    repeat: (kind, payload, everyMs) => schedules.start(kind, payload, everyMs),
    board: (names) => names.map((name) => queues.get(name)),
    lastHandledAt: () => workers.lastHandledAt,
    ping: () => server.ping(),
    close(deadlineMs) {
      closing ??= shutDown({ workers, schedules, queues, server, log }, deadlineMs);
      return closing;
    },
  };
}

function connect(options: QueueOptions): Promise<QueueServer> {
  const { redisUrl, databaseUrl, log, patienceMs = 0 } = options;
  const { poolSize = 2, applicationName = 'meeboter queue' } = options;
  if (redisUrl === null) {
    const waiting = { server: `PostgreSQL at ${addressOf(databaseUrl)}`, patienceMs, log };
    return untilThere(waiting, () => connectPostgres({ url: databaseUrl, poolSize, applicationName, log }));
  }
  const waiting = { server: `Redis at ${addressOf(redisUrl)}`, patienceMs, log };
  return untilThere(waiting, () => connectRedis(redisUrl, log));
}
