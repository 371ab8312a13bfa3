// Starts, once per test run, a PostgreSQL with a migrated template database, and a Redis.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import type { TestProject } from 'vitest/node';
import { freePort } from '../../infra/embedded/free-port.ts';
import { startEmbeddedPostgres } from '../../infra/embedded/postgres.ts';
import { migrate } from '../../prisma/migrate.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The server's database `postgres`, from which tests create their own. */
    postgresUrl: string;
    redisUrl: string;
  }
}

export const TEMPLATE = 'meeboter_template';

/** Vitest calls this before the first test, and the function that it returns after the last. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const dir = mkdtempSync(join(tmpdir(), 'meeboter-tests-'));
  const postgres = await startEmbeddedPostgres({
    dir: join(dir, 'postgres'),
    port: await freePort(),
    // Tests need no durability; all test files share this server.
    settings: ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off', 'max_connections=300'],
  });
  await migrate(await postgres.database(TEMPLATE));
  project.provide('postgresUrl', await postgres.database('postgres'));
  const redis = await startRedis(dir);
  project.provide('redisUrl', redis.url);
  return async () => {
    await redis.stop();
    await postgres.stop();
    rmSync(dir, { recursive: true, force: true });
  };
}

async function startRedis(dir: string): Promise<{ url: string; stop(): Promise<void> }> {
  const port = await freePort();
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', dir, '--hz', '100'];
  const server = spawn('redis-server', args, { stdio: 'ignore', detached: true });
  const failed = once(server, 'error').then(([error]) => Promise.reject(error as Error));
  const url = `redis://127.0.0.1:${port}`;
  const client = new Redis(url, { lazyConnect: true, retryStrategy: () => 50, maxRetriesPerRequest: 100 });
  client.on('error', () => undefined);
  const late = delay(10_000, undefined, { ref: false }).then(() =>
    Promise.reject(new Error('redis-server did not answer')),
  );
  await Promise.race([client.ping(), failed, late]);
  client.disconnect();
  return {
    url,
    async stop() {
      server.kill('SIGTERM');
      await once(server, 'exit');
    },
  };
}
