// A PostgreSQL and a Redis for one test, which can fail in two ways: crashed (connections are refused) and
// frozen (connections are accepted and never answered).
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { signalProcess } from '../../deployer/platforms/local/processes.ts';
import { freePort } from '../../infra/embedded/free-port.ts';
import { startEmbeddedPostgres } from '../../infra/embedded/postgres.ts';

export type Way = 'crashed' | 'frozen';

export interface Breakable {
  url: string;
  away(way: Way): Promise<void>;
  /** Makes it work again, and returns when it answers. */
  back(): Promise<void>;
  stop(): Promise<void>;
}

export async function breakablePostgres(dir: string): Promise<Breakable> {
  const options = { dir: join(dir, 'postgres'), port: await freePort(), settings: ['fsync=off'] };
  let server = await startEmbeddedPostgres(options);
  let gone: Way | null = null;
  const main = () => Number(readFileSync(join(options.dir, 'postmaster.pid'), 'utf8').split('\n')[0]);
  const back = async () => {
    if (gone === 'frozen') signalTree(main(), 'SIGCONT');
    if (gone === 'crashed') server = await startEmbeddedPostgres(options);
    gone = null;
  };
  return {
    url: await server.database('meeboter'),
    async away(way) {
      if (way === 'frozen') signalTree(main(), 'SIGSTOP');
      else await server.crash();
      gone = way;
    },
    back,
    async stop() {
      await back();
      await server.stop();
    },
  };
}

export async function breakableRedis(dir: string): Promise<Breakable> {
  const port = await freePort();
  const url = `redis://:of-the-tests@127.0.0.1:${port}`;
  const args = [
    ...['--port', String(port), '--bind', '127.0.0.1', '--requirepass', 'of-the-tests'],
    ...['--save', '', '--dir', dir, '--hz', '100'],
  ];
  const start = async (): Promise<ChildProcess> => {
    const started = spawn('redis-server', args, { stdio: 'ignore' });
    const client = new Redis(url, { lazyConnect: true, retryStrategy: () => 50, maxRetriesPerRequest: 200 });
    client.on('error', () => undefined);
    await client.ping();
    client.disconnect();
    return started;
  };
  let server = await start();
  let gone: Way | null = null;
  const kill = async () => {
    const ended = once(server, 'exit');
    server.kill('SIGKILL');
    await ended;
  };
  return {
    url,
    async away(way) {
      if (way === 'frozen') server.kill('SIGSTOP');
      else await kill();
      gone = way;
    },
    async back() {
      if (gone === 'frozen') server.kill('SIGCONT');
      if (gone === 'crashed') server = await start();
      gone = null;
    },
    async stop() {
      if (gone !== 'crashed') await kill();
    },
  };
}

/**
 * Signals a process and its children; the parent first, so that it starts no more of them. Some may have ended
 * by then: PostgreSQL ends the sessions of clients that have gone.
 */
function signalTree(pid: number, signal: 'SIGSTOP' | 'SIGCONT'): void {
  process.kill(pid, signal);
  for (const child of childrenOf(pid)) signalProcess(child, signal);
}

function childrenOf(pid: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((it) => {
      try {
        // The process name, in brackets, may contain spaces; the parent's id is the second field after it.
        return Number(readFileSync(`/proc/${it}/stat`, 'utf8').split(') ').at(-1)?.split(' ')[1]) === pid;
      } catch {
        return false;
      }
    });
}
