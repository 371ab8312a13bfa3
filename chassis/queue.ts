// The job queue of one process: BullMQ on Redis or on PostgreSQL, behind the
// interface `JobBackend` (jobs.ts). The parts are in queue/:
//
//   connection.ts           the server, waited for where that is needed
//   redis.ts, postgres.ts   the two servers, with the connections that this process shares
//   queues.ts, hints.ts     adding jobs
//   workers.ts              handling them; schedules.ts: repeating them
//   parking.ts              jobs whose payload no longer parses
//   shutdown.ts             the end
import type { JobBackend } from './jobs.ts';
import { QueueConnection, type QueueOptions } from './queue/connection.ts';
import { hintSender } from './queue/hints.ts';
import { Queues } from './queue/queues.ts';
import { Schedules } from './queue/schedules.ts';
import { shutDown } from './queue/shutdown.ts';
import { Workers } from './queue/workers.ts';

/**
 * Opens the queue. On PostgreSQL its tables are made first. Throws when the server is away (see
 * `patienceMs`), or when Redis may evict keys (`maxmemory-policy` must be `noeviction`).
 */
export async function openQueue(options: QueueOptions): Promise<JobBackend> {
  const { log } = options;
  const connection = await QueueConnection.open(options);
  const queues = new Queues(() => connection.server(), log);
  const workers = new Workers(queues, log);
  const schedules = new Schedules(queues, log);
  let closing: Promise<void> | undefined;
  return {
    ...hintSender(queues, log),
    kind: connection.kind,
    work: (kind, handler) => connection.whenThere((server) => workers.start(server, kind, handler)),
    repeat: (kind, payload, everyMs) => connection.whenThere(() => schedules.start(kind, payload, everyMs)),
    board: (names) => names.map((name) => queues.get(name)),
    lastHandledAt: () => workers.lastHandledAt,
    ping: async () => connection.server().ping(),
    close(deadlineMs) {
      closing ??= shutDown({ connection, workers, schedules, queues, log }, deadlineMs);
      return closing;
    },
  };
}
