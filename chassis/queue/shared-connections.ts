// BullMQ opens a pool for every queue and worker that it is given an address for,
// and a connection more for each worker that LISTENs. Here all of them get the
// same few connections: each is handed something that looks like a pool of its
// own (`PgPool`), whose statements run on the shared pool, and whose LISTENs run
// on one shared connection.
import type { PgPool } from 'bullmq';
import pg from 'pg';
import { CONNECT_MS } from './server.ts';

type PgPoolClient = Awaited<ReturnType<PgPool['connect']>>;
type Listener = (argument: never) => void;
type Values = readonly unknown[] | undefined;

/** The first probe of an idle listening connection, so that a cut one is noticed within seconds. */
const KEEP_ALIVE_MS = 10_000;

export class SharedConnections {
  readonly #pool: pg.Pool;
  readonly #listening: ListeningConnection;

  /** Opens nothing yet. `onError` hears of connections that are lost; they are replaced when needed. */
  constructor(config: pg.ClientConfig, poolSize: number, onError: (error: Error) => void) {
    this.#pool = new pg.Pool({ ...config, max: poolSize, keepAlive: true });
    this.#pool.on('error', onError);
    // A connection that is cut while it is lent out would end the process; its statement fails anyway.
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
      // BullMQ asks whether a cut LISTEN connection is noticed: it polls every 10 s otherwise.
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
 * What BullMQ checks out of its pool: to look at the tables' version, which goes through the pool, or to
 * LISTEN. It listens for errors on a client only to LISTEN, so that is how the two are told apart.
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
    // BullMQ names the connection after one queue, and this one is for all.
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

  /** Calls who listens for this event. */
  tell(event: string, argument: unknown): void {
    for (const listener of [...(this.#listeners.get(event) ?? [])]) listener(argument as never);
  }
}

/** One connection that LISTENs for all workers. It is opened when first needed, and again after it was lost. */
class ListeningConnection {
  readonly #config: pg.ClientConfig;
  readonly #onError: (error: Error) => void;
  readonly #clients = new Set<LentClient>();
  #connection: Promise<pg.Client> | undefined;

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

  async query(text: string, values?: Values): Promise<unknown> {
    this.#connection ??= this.#open();
    return (await this.#connection).query(text, values?.slice());
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
      // Each worker asks for a new client then, and LISTENs again. A copy: they leave the set meanwhile.
      for (const lent of [...this.#clients]) lent.tell('error', error);
      void client.end().catch(() => undefined);
    };
    client.on('error', lost);
    client.on('end', () => lost(new Error('the listening connection was closed')));
    client.on('notification', (message) => {
      for (const lent of this.#clients) lent.tell('notification', message);
    });
    // One that could not be opened is tried again with the next statement.
    opened.catch(() => {
      if (this.#connection === opened) this.#connection = undefined;
    });
    return opened;
  }
}
