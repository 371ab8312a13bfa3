// A control plane as in production, one process each of API, scheduler and deployer, with the fake platform.
import { Agent } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { ensureAccount, newApiKey } from '@meeboter/api/account.ts';
import { createAuth } from '@meeboter/api/auth.ts';
import { readSettings } from '@meeboter/chassis/env.ts';
import { openDatabase } from '@meeboter/prisma/client.ts';
import { z } from 'zod';
import { freePort } from '../../infra/embedded/free-port.ts';
import { post } from './http.ts';
import { nowMs } from './measure.ts';
import type { BenchOptions } from './options.ts';
import { Platform } from './platform.ts';
import { Program } from './program.ts';
import { type Servers, startServers } from './servers.ts';

export interface Account {
  userId: string;
  apiKey: string;
}

export interface Booking {
  botId: string;
  sentAtMs: number;
  /** When the 201 was read. */
  answeredAtMs: number;
}

export interface World {
  servers: Servers;
  platform: Platform;
  platformUrl: string;
  accounts: Account[];
  /** API, scheduler, deployer. */
  programs: Program[];
  /** Books over HTTP. Without `joinAt`: for now. */
  book(account: Account, joinAt?: Date): Promise<Booking>;
  /** Ends the product's processes, for a baseline on the same servers. */
  stopPrograms(): Promise<void>;
  close(): Promise<void>;
}

const MEETING = 'https://meet.google.com/abc-defg-hij';
const main = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/**
 * Starts the servers and programs, and warms them up. The lead is set to 0, so that a bot starts at its join time and
 * the time until its claim is all lateness.
 */
export async function startWorld(
  options: BenchOptions,
  {
    limit,
    accounts: accountCount = 1,
    env: more = {},
  }: { limit: number; accounts?: number; env?: Record<string, string> },
): Promise<World> {
  const servers = await startServers(options.redis);
  const platform = new Platform(servers.dir);
  const platformUrl = await platform.url;
  const apiPort = await freePort();
  const apiUrl = `http://127.0.0.1:${apiPort}`;
  const env = {
    ...servers.env,
    API_PORT: String(apiPort),
    PLATFORM_PRIORITY: 'aws',
    AWS_BOT_LIMIT: String(limit),
    LAUNCH_RATES: 'aws=100000/100000',
    LAB_PLATFORM_URL: platformUrl,
    ...more,
  };
  const accounts = await makeAccounts(env, accountCount);
  await servers.pool.query(`INSERT INTO bot_pool_platforms (deployment_platform, lead_ms) VALUES ('aws', 0)`);
  const programs = [
    { name: 'api', main: main('../../api/main.ts') },
    { name: 'scheduler', main: main('../../scheduler/main.ts') },
    { name: 'deployer', main: main('./deployer-main.ts') },
  ].map((it) => new Program({ ...it, env, dir: servers.dir, profileDir: options.profile }));
  await untilListening(apiUrl);

  const agent = new Agent({ keepAlive: true });
  const answerSchema = z.object({ id: z.string() });
  const world: World = {
    ...{ servers, platform, platformUrl, accounts, programs },
    async book({ apiKey }, joinAt) {
      const body = {
        meeting_url: MEETING,
        display_name: 'Bench',
        ...(joinAt ? { join_at: joinAt.toISOString() } : {}),
      };
      const sentAtMs = nowMs();
      const answer = await post(agent, `${apiUrl}/v1/bots`, body, apiKey);
      const answeredAtMs = nowMs();
      return { botId: answerSchema.parse(answer).id, sentAtMs, answeredAtMs };
    },
    async stopPrograms() {
      await Promise.all(programs.map((program) => program.stop()));
    },
    async close() {
      agent.destroy();
      await world.stopPrograms();
      await platform.program.stop();
      await servers.close();
    },
  };
  await warmUp(world);
  return world;
}

/** Runs some bots to their end, so that all connections are open and the code is compiled. */
async function warmUp({ platform, accounts, book }: World): Promise<void> {
  platform.behave({ kind: 'brief', stayMs: 10 });
  for (let n = 0; n < 20; n += 1) {
    const account = accounts[n % accounts.length];
    if (account) await platform.at('done', (await book(account)).botId);
  }
  await platform.count('stopped', 20, 30_000);
  await delay(500);
  platform.forget();
}

/** Waits until the API listens. */
export async function untilListening(apiUrl: string): Promise<void> {
  for (let tries = 0; ; tries += 1) {
    try {
      await fetch(`${apiUrl}/livez`);
      return;
    } catch (cause) {
      if (tries > 300) throw new Error('the API did not start', { cause });
      await delay(100);
    }
  }
}

/** Makes accounts with an API key each. */
export async function makeAccounts(env: Record<string, string>, count: number): Promise<Account[]> {
  const settings = readSettings(env);
  const db = openDatabase({ url: settings.DATABASE_URL });
  const context = { db, auth: createAuth(settings, db) };
  const accounts: Account[] = [];
  for (let n = 0; n < count; n += 1) {
    const account = { email: `bench-${n}@example.org`, name: 'Bench', password: 'correct horse battery' };
    const userId = await ensureAccount(context, account);
    accounts.push({ userId, apiKey: await newApiKey(context, userId, 'bench') });
  }
  await db.$disconnect();
  return accounts;
}
