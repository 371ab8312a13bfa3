// The connection of this process to its queue's server. A process waits for PostgreSQL at its
// start, because none of our programs works without it. It does not wait for Redis: without it,
// the API still takes bookings and reports, and the scheduler sweeps by a timer.
import { setTimeout as delay } from 'node:timers/promises';
import { isServerAway } from '@meeboter/domain/server-away.ts';
import type { Log } from '../log.ts';
import { addressOf, untilThere } from '../wait-for-server.ts';
import { connectPostgres } from './postgres.ts';
import { connectRedis } from './redis.ts';
import type { QueueServer } from './server.ts';

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
  /**
   * 0, the default: throw when the server is away. Otherwise how long to wait for PostgreSQL, ms. Redis is not
   * waited for then: it is connected in the background. Until that succeeds, hints are not delivered and no jobs
   * are handled.
   */
  patienceMs?: number;
}

/** The pause between two tries when Redis answers but cannot be used, for example with a wrong password. */
const REFUSED_PAUSE_MS = 10_000;

export class QueueConnection {
  readonly kind: QueueServer['kind'];
  #server: QueueServer | undefined;
  readonly #toStart: ((server: QueueServer) => void)[] = [];
  readonly #stopping = new AbortController();

  private constructor(kind: QueueServer['kind'], server?: QueueServer) {
    this.kind = kind;
    this.#server = server;
  }

  /** Throws when the server is away (see `patienceMs`), and at once for errors that waiting does not fix. */
  static async open(options: QueueOptions): Promise<QueueConnection> {
    const { redisUrl, databaseUrl, log, patienceMs = 0 } = options;
    if (redisUrl === null) {
      const { poolSize = 2, applicationName = 'meeboter queue' } = options;
      const waiting = { server: `PostgreSQL at ${addressOf(databaseUrl)}`, patienceMs, log };
      const server = await untilThere(waiting, () =>
        connectPostgres({ url: databaseUrl, poolSize, applicationName, log }),
      );
      return new QueueConnection(server.kind, server);
    }
    try {
      const waiting = { server: `Redis at ${addressOf(redisUrl)}`, patienceMs: 0, log };
      return new QueueConnection('redis', await untilThere(waiting, () => connectRedis(redisUrl, log)));
    } catch (error) {
      const isAway = error instanceof Error && isServerAway(error.cause);
      if (patienceMs === 0 || !isAway) throw error;
      const connection = new QueueConnection('redis');
      void connection.#connectLater(redisUrl, log);
      return connection;
    }
  }

  /** The connected server. Throws before the first connection. */
  server(): QueueServer {
    if (!this.#server) throw new Error('the queue has not been reached yet');
    return this.#server;
  }

  /** Calls `start` with the server: now, or once it is connected. */
  whenThere(start: (server: QueueServer) => void): void {
    if (this.#server) start(this.#server);
    else this.#toStart.push(start);
  }

  /** Ends the wait for a server. */
  giveUp(): void {
    this.#stopping.abort();
  }

  /** Closes the connections, if there are any. */
  async close(): Promise<void> {
    this.giveUp();
    await this.#server?.close();
  }

  async #connectLater(redisUrl: string, log: Log): Promise<void> {
    const { signal } = this.#stopping;
    const waiting = {
      ...{ server: `Redis at ${addressOf(redisUrl)}`, log, signal },
      patienceMs: Number.POSITIVE_INFINITY,
    };
    while (!signal.aborted) {
      try {
        const server = await untilThere(waiting, () => connectRedis(redisUrl, log));
        if (signal.aborted) return await server.close();
        this.#server = server;
        for (const start of this.#toStart.splice(0)) start(server);
        return;
      } catch (err) {
        if (signal.aborted) return;
        log.error({ err }, 'Redis cannot be used; trying again');
        await delay(REFUSED_PAUSE_MS, undefined, { signal }).catch(() => undefined);
      }
    }
  }
}
