// Starts and stops the API process.
import { provideBucket } from '@meeboter/chassis/bucket.ts';
import { CONNECTIONS } from '@meeboter/chassis/connections.ts';
import { type Chassis, startOnChassis } from '@meeboter/chassis/context.ts';
import { publicUrl } from '@meeboter/chassis/env/address.ts';
import { isPooled } from '@meeboter/chassis/env/database.ts';
import type { ApiSettings } from '@meeboter/chassis/env.ts';
import { Health } from '@meeboter/chassis/health.ts';
import type { Running } from '@meeboter/chassis/lifecycle.ts';
import type { Log } from '@meeboter/chassis/log.ts';
import { openStorage } from '@meeboter/chassis/storage.ts';
import { openDatabase } from '@meeboter/prisma/client.ts';
import { createApp } from './app.ts';
import { createAuth } from './auth.ts';
import type { ApiContext } from './context.ts';
import { closeServer, listen } from './http-server.ts';

export interface Api extends Running {
  url: string;
  context: ApiContext;
}

/**
 * Starts the API. It does not wait for the object store, without which it still books bots and hears them.
 * Throws a readable Error when its port is taken; nothing is left open then.
 */
export async function startApi(settings: ApiSettings, log?: Log): Promise<Api> {
  return startOnChassis(settings, { service: 'api', log }, startWith);
}

async function startWith(chassis: Chassis<ApiSettings>): Promise<Api> {
  const { settings, log, jobs, closers } = chassis;
  const db = openDatabase({
    url: settings.DATABASE_URL,
    pooled: isPooled(settings),
    poolSize: CONNECTIONS.api.database,
    applicationName: 'meeboter api',
    onConnectionError: (err) => log.warn({ err }, 'database connection lost'),
  });
  // Closed last: requests that are still being answered use them.
  const storage = openStorage(settings);
  closers.addBase('object store', () => storage.close());
  closers.addBase('database', () => db.$disconnect());
  const health = new Health('api', { db, jobs, storage });
  closers.add('health', () => health.close());
  const context: ApiContext = {
    ...{ settings, log, jobs, db, storage, health },
    auth: createAuth(settings, db, log),
  };
  closers.add('bucket', await provideBucket(storage, log));
  const { API_HOST: hostname, API_PORT: port } = settings;
  const server = await listen(createApp(context).fetch, { hostname, port, log });
  closers.add('http', (leftMs) => closeServer(server, leftMs));
  return { url: publicUrl(settings), context, ...closers.running(log) };
}
