// BullMQ on PostgreSQL, in schema `bullmq`.
import { createPostgresBackend, type Queue, runMigrations, type Worker, withBackend } from 'bullmq';
import pg from 'pg';
import type { Log } from '../log.ts';
import { withTimeLimit } from '../time-limit.ts';
import { CONNECT_MS, type QueueServer, WORKER_OPTIONS } from './server.ts';
import { SharedConnections } from './shared-connections.ts';

const SCHEMA = 'bullmq';
/** The time limit for creating or changing the queue's tables, including the wait for another process that does it. */
const MIGRATE_MS = 30_000;
/** The time limit for closing a connection. One to a server that does not answer never closes. */
const END_MS = 200;

const { Queue: PostgresQueue, Worker: PostgresWorker } = withBackend(createPostgresBackend);

export interface PostgresQueueOptions {
  /** Must lead to PostgreSQL itself: a pooler in transaction mode loses LISTEN. */
  url: string;
  /** Connections that all queues and workers of this process share, besides one that LISTENs for workers. */
  poolSize: number;
  /** Shown in pg_stat_activity. */
  applicationName: string;
  log: Log;
}

/**
 * Connects to PostgreSQL and makes the queue's tables where they are missing. Throws when the server cannot
 * be reached.
 */
export async function connectPostgres(options: PostgresQueueOptions): Promise<QueueServer> {
  const { url, poolSize, applicationName, log } = options;
  await migrate(url);
  const config = { connectionString: sessionUrl(url), application_name: applicationName };
  const shared = new SharedConnections(config, poolSize, (err) => log.debug({ err }, 'queue connection'));
  return {
    kind: 'postgres',
    // BullMQ's types bind a queue to its server; what we use of it is the same for both.
    queue: (name) => new PostgresQueue(name, { connection: shared.pool() }) as unknown as Queue,
    worker: (name, processor, concurrency) =>
      new PostgresWorker(name, processor, {
        connection: shared.pool(),
        concurrency,
        ...WORKER_OPTIONS,
      }) as unknown as Worker,
    ping: () => shared.ping(),
    close: () => shared.close(),
  };
}

async function migrate(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: CONNECT_MS });
  client.on('error', () => undefined);
  await client.connect();
  try {
    await withTimeLimit(MIGRATE_MS, () => runMigrations(client, SCHEMA));
  } finally {
    await withTimeLimit(END_MS, () => client.end()).catch(() => undefined);
  }
}

/** Adds the settings of the queue's sessions to those that the URL has already. */
function sessionUrl(databaseUrl: string): string {
  const url = new URL(databaseUrl);
  const ours = [
    `-c search_path=${SCHEMA}`,
    // A crash of the server may lose the last jobs. They are hints, which the sweep sends again, and waiting for
    // the disk at each commit would be most of the cost of a job.
    '-c synchronous_commit=off',
  ];
  url.searchParams.set('options', [url.searchParams.get('options') ?? '', ...ours].join(' ').trim());
  return url.href;
}
