// The few connections to PostgreSQL that all queues and workers of a process share. With an
// address, BullMQ opens a pool for every queue and worker, and one more connection for each
// worker, to LISTEN. Here each gets an object with the interface of a pool (`PgPool`): its
// statements run on the shared pool, and its LISTEN on one shared connection.
import type { PgPool } from 'bullmq';
import pg from 'pg';
import { CONNECT_MS } from './server.ts';

type PgPoolClient = Awaited<ReturnType<PgPool['connect']>>;
type Listener = (argument: never) => void;
type Values = readonly unknown[] | undefined;

/** When TCP keep-alive begins on the listening connection, so that a lost connection is noticed within seconds. */
const KEEP_ALIVE_MS = 10_000;

export class SharedConnections {
  readonly #pool: pg.Pool;
  readonly #listening: ListeningConnection;

  /** Connects with the first statement. `onError` is called for lost connections, which are replaced when needed. */
  constructor(config: pg.ClientConfig, poolSize: number, onError: (error: Error) => void) {
    this.#pool = new pg.Pool({ ...config, max: poolSize, keepAlive: true });
    this.#pool.on('error', onError);
    // Without this listener a connection that is lost during a statement would end the process. The statement fails.
    this.#pool.on('connect', (client) => void client.on('error', () => undefined));
    this.#listening = new ListeningConnection(config, onError);
  }

  /** A view of the shared connections for one queue or worker. */
  pool(): PgPool {
    const query = (text: string, values?: Values) => this.#pool.query(text, values?.slice());
    const view = {
      query: query as PgPool['query'],
      connect: async () => new LentClient(query, this.#listening) as unknown as PgPoolClient,
      // The connections are closed once, by `close`.
      end: async () => undefined,
      on: () => view,
      removeAllListeners: () => view,
      // With keep-alive BullMQ relies on LISTEN; without it, it polls every 10 s.
      options: { keepAlive: true },
    };
    return view;
  }

  async ping(): Promise<void> {
    await this.#pool.query('SELECT 1');
  }

  async close(): Promise<void> {
    await Promise.all([this.#pool.end(), this.#listening.close()]);
  }
}

/**
 * The client that BullMQ checks out of its pool, either to read the version of the tables or to LISTEN. It adds
 * an error listener only to a client for LISTEN, so that listener decides which connection is used.
 */
class LentClient {
  readonly #query: (text: string, values?: Values) => Promise<unknown>;
  readonly #connection: ListeningConnection;
  readonly #listeners = new Map<string, Set<Listener>>();

  constructor(query: (text: string, values?: Values) => Promise<unknown>, connection: ListeningConnection) {
    this.#query = query;
    this.#connection = connection;
  }

  query(text: string, values?: Values): Promise<unknown> {
    // BullMQ would name the connection after one queue, but all queues share it.
    if (text.includes(`set_config('application_name'`)) return Promise.resolve({ rows: [] });
    return this.#connection.has(this) ? this.#connection.query(text, values) : this.#query(text, values);
  }

  on(event: string, listener: Listener): this {
    if (event === 'error') this.#connection.add(this);
    const known = this.#listeners.get(event) ?? new Set();
    this.#listeners.set(event, known.add(listener));
    return this;
  }

  removeListener(event: string, listener: Listener): this {
    this.#listeners.get(event)?.delete(listener);
    return this;
  }

  removeAllListeners(event?: string): this {
    if (event === undefined) this.#listeners.clear();
    else this.#listeners.delete(event);
    return this;
  }

  release(): void {
    this.#connection.remove(this);
  }

  /** Calls the listeners of an event. */
  tell(event: string, argument: unknown): void {
    for (const listener of [...(this.#listeners.get(event) ?? [])]) listener(argument as never);
  }
}

/** The connection that LISTENs for all workers. It is opened when first needed, and again after a loss. */
class ListeningConnection {
  readonly #config: pg.ClientConfig;
  readonly #onError: (error: Error) => void;
  readonly #clients = new Set<LentClient>();
  #connection: Promise<pg.Client> | undefined;
  /** The statement before the next one. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(config: pg.ClientConfig, onError: (error: Error) => void) {
    this.#config = config;
    this.#onError = onError;
  }

  has(client: LentClient): boolean {
    return this.#clients.has(client);
  }
  add(client: LentClient): void {
    this.#clients.add(client);
  }
  remove(client: LentClient): void {
    this.#clients.delete(client);
  }

  /** One statement after another: the driver allows no second one on a connection that is still answering. */
  query(text: string, values?: Values): Promise<unknown> {
    const ask = async () => {
      this.#connection ??= this.#open();
      return (await this.#connection).query(text, values?.slice());
    };
    const answer = this.#last.then(ask, ask);
    this.#last = answer;
    return answer;
  }

  async close(): Promise<void> {
    const connection = await this.#connection?.catch(() => undefined);
    await connection?.end();
  }

  #open(): Promise<pg.Client> {
    const client = new pg.Client({
      ...this.#config,
      connectionTimeoutMillis: CONNECT_MS,
      keepAlive: true,
      keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
    });
    const opened = client.connect().then(() => client);
    const lost = (error: Error) => {
      if (this.#connection !== opened) return;
      this.#connection = undefined;
      this.#onError(error);
      // Each worker then checks out a new client and LISTENs again. Loop over a copy: the clients leave the set.
      for (const lent of [...this.#clients]) lent.tell('error', error);
      void client.end().catch(() => undefined);
    };
    client.on('error', lost);
    client.on('end', () => lost(new Error('the listening connection was closed')));
    client.on('notification', (message) => {
      for (const lent of this.#clients) lent.tell('notification', message);
    });
    // If connecting fails, the next statement tries again.
    opened.catch(() => {
      if (this.#connection === opened) this.#connection = undefined;
    });
    return opened;
  }
}
