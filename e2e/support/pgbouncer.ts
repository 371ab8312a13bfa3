// The real PgBouncer in transaction mode, in front of a test's database.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { freePort } from '../../infra/embedded/free-port.ts';
import { eventually } from './eventually.ts';

export interface PgBouncer {
  /** The database's URL through PgBouncer. */
  url: string;
  stop(): Promise<void>;
}

/** Debian's user `nobody`: PgBouncer refuses to run as root. */
const NOBODY = 65_534;

/** Starts PgBouncer in front of the database at `url`. */
export async function startPgBouncer(url: string, { serverConnections = 5 } = {}): Promise<PgBouncer> {
  const { hostname, port, username, password, pathname } = new URL(url);
  const database = pathname.slice(1);
  const dir = mkdtempSync(join(tmpdir(), 'pgbouncer-'));
  chmodSync(dir, 0o755);
  const ownPort = await freePort();
  const config = join(dir, 'pgbouncer.ini');
  const server = `host=${hostname} port=${port} dbname=${database} user=${username} password=${password}`;
  writeFileSync(
    config,
    `[databases]
${database} = ${server}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${ownPort}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = ${serverConnections}
max_client_conn = 500
`,
  );
  const asNobody = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
  const child: ChildProcess = spawn('pgbouncer', [config], {
    stdio: 'ignore',
    env: { PATH: `${process.env.PATH}:/usr/sbin` },
    ...asNobody,
  });
  let ended: string | undefined;
  child.once('error', (error) => {
    ended = error.message;
  });
  child.once('exit', (code) => {
    ended ??= `exit code ${code}`;
  });
  const ownUrl = `postgresql://${username}:${password}@127.0.0.1:${ownPort}/${database}`;
  await eventually('PgBouncer answers', async () => {
    if (ended !== undefined) throw new Error(`PgBouncer did not start: ${ended}`);
    const client = new pg.Client({ connectionString: ownUrl });
    try {
      await client.connect();
      return true;
    } catch {
      return false;
    } finally {
      await client.end().catch(() => undefined);
    }
  });
  return {
    url: ownUrl,
    async stop() {
      if (ended === undefined) {
        const exit = once(child, 'exit');
        child.kill('SIGKILL');
        await exit;
      }
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
