// Everything in one process: the servers that are not given by the environment
// are started embedded, then migrations, lab, API, scheduler and deployer.
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Api, startApi } from '@meeboter/api/api.ts';
import { directUrl } from '@meeboter/chassis/env/database.ts';
import { SettingsError } from '@meeboter/chassis/env/read.ts';
import type { StartSettings } from '@meeboter/chassis/env/start.ts';
import { readSettings, readStartSettings, type Settings } from '@meeboter/chassis/env.ts';
import { Closers } from '@meeboter/chassis/lifecycle.ts';
import type { Log } from '@meeboter/chassis/log.ts';
import { startDeployer } from '@meeboter/deployer/deployer.ts';
import { type Lab, startLab } from '@meeboter/lab/server.ts';
import { migrate } from '@meeboter/prisma/migrate.ts';
import { startScheduler } from '@meeboter/scheduler/scheduler.ts';
import { freePort } from '../embedded/free-port.ts';
import { startEmbeddedPostgres } from '../embedded/postgres.ts';
import { startEmbeddedS3 } from '../embedded/s3.ts';
import { type LocalSecrets, localSecrets } from './local-secrets.ts';

type Environment = Readonly<Record<string, string | undefined>>;

export interface Everything {
  settings: Settings;
  secrets: LocalSecrets;
  api: Api;
  lab: Lab;
  /** Has every bot on this machine leave in order, then closes all; `hurry` skips the leaving. */
  stop(hurry: AbortSignal): Promise<void>;
}

/** How long bots may take to leave and upload when everything is stopped. */
const BOTS_LEAVE_MS = 30_000;

/** What stands for the secrets while the environment is checked: a wrong one leaves nothing behind. */
const NOT_MADE_YET: LocalSecrets = {
  secret: 'not made yet, but as long as it will be',
  s3_access_key_id: 'not made yet',
  s3_secret_access_key: 'not made yet',
  demo_email: '',
  demo_password: '',
  demo_api_key: null,
};

/** What stands for an embedded part while the environment is checked, before anything is started. */
const NOT_STARTED_YET = {
  DATABASE_URL: 'postgresql://embedded@127.0.0.1/meeboter',
  S3_ENDPOINT: 'http://127.0.0.1',
};

export interface Prepared {
  env: Environment;
  home: string;
  start: StartSettings;
  secrets: LocalSecrets;
  /** The environment with what an installation on one machine fills in. */
  base: Environment;
}

/**
 * Checks the whole environment before anything is started, and fills in what an installation on one
 * machine can give itself. Throws SettingsError with everything that is wrong.
 */
export function prepare(env: Environment): Prepared {
  const problems: string[] = [];
  const attempt = <T>(read: () => T): T | undefined => {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof SettingsError)) throw error;
      problems.push(...error.problems);
      return undefined;
    }
  };
  const start = attempt(() => readStartSettings(env));
  const defaults = start ?? readStartSettings({});
  const home = resolve(defaults.MEEBOTER_HOME);
  attempt(() => readSettings({ ...NOT_STARTED_YET, ...baseOf(env, defaults, home, NOT_MADE_YET) }));
  if (problems.length > 0) throw new SettingsError(problems);
  const secrets = localSecrets(home);
  return { env, home, start: defaults, secrets, base: baseOf(env, defaults, home, secrets) };
}

/** The environment with what an installation on one machine gives itself. */
function baseOf(env: Environment, start: StartSettings, home: string, secrets: LocalSecrets): Environment {
  const ownChromium = join(home, 'chromium');
  return {
    MEEBOTER_SECRET: secrets.secret,
    RUNTIME_DIR: join(home, 'runtimes'),
    LAB_ORIGIN: `http://127.0.0.1:${start.LAB_PORT}`,
    // Whoever types `npm start` wants to hear at once that a server is not there.
    START_PATIENCE_MS: '0',
    ...(existsSync(ownChromium) ? { CHROMIUM_PATH: ownChromium } : {}),
    ...(given(env, 'S3_ENDPOINT')
      ? {}
      : { S3_ACCESS_KEY_ID: secrets.s3_access_key_id, S3_SECRET_ACCESS_KEY: secrets.s3_secret_access_key }),
    ...present(env),
  };
}

/** Starts all of it. On failure everything that was started is stopped, and the Error is readable. */
export async function startEverything(
  { env, home, start, secrets, base }: Prepared,
  log: Log,
): Promise<Everything> {
  const closers = new Closers();
  try {
    const database = await openDatabaseServer(env, home, closers);
    const s3 = await openObjectStore(env, home, secrets, log, closers);
    const settings = readSettings({ ...database, ...s3, ...base });
    await migrate(directUrl(settings));
    const lab = await startLab({ port: start.LAB_PORT, chromiumPath: settings.CHROMIUM_PATH });
    closers.add('lab', () => lab.close());
    const api = await startApi(settings, log);
    closers.add('api', () => api.stop());
    const scheduler = await startScheduler(settings, log);
    const deployer = await startDeployer(settings, { log });
    const hurrying = new AbortController();
    // Bots report to the API while they leave; who would start them again has stopped by then.
    closers.add('bots', () => deployer.stopRuntimes(BOTS_LEAVE_MS, hurrying.signal));
    closers.add('deployer', () => deployer.stop());
    closers.add('scheduler', () => scheduler.stop());
    return {
      ...{ settings, secrets, api, lab },
      stop(hurry) {
        hurry.addEventListener('abort', () => hurrying.abort(), { once: true });
        return closers.close(log);
      },
    };
  } catch (error) {
    await closers.close(log);
    throw error;
  }
}

function given(env: Environment, name: string): string | undefined {
  return env[name] === '' ? undefined : env[name];
}

/** An empty variable counts as unset, so that it does not hide a default. */
function present(env: Environment): Environment {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));
}

async function openDatabaseServer(env: Environment, home: string, closers: Closers): Promise<Environment> {
  if (given(env, 'DATABASE_URL')) return {};
  const server = await startEmbeddedPostgres({
    dir: join(home, 'postgres'),
    port: await freePort(),
  });
  closers.add('postgres', () => server.stop());
  return { DATABASE_URL: await server.database('meeboter') };
}

async function openObjectStore(
  env: Environment,
  home: string,
  secrets: LocalSecrets,
  log: Log,
  closers: Closers,
): Promise<Environment> {
  if (given(env, 'S3_ENDPOINT')) return {};
  const s3 = await startEmbeddedS3({
    dir: join(home, 's3'),
    port: 0,
    log: log.child({ service: 'object store' }),
    credentials: { accessKeyId: secrets.s3_access_key_id, secretAccessKey: secrets.s3_secret_access_key },
  });
  closers.add('object store', () => s3.stop());
  return { S3_ENDPOINT: s3.endpoint };
}
