// Everything in one process: embedded servers in place of those that the environment
// does not name, then migrations, lab, API, scheduler and deployer.
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Api, startApi } from '@meeboter/api/api.ts';
import { directUrl } from '@meeboter/chassis/env/database.ts';
import { type Environment, SettingsError } from '@meeboter/chassis/env/read.ts';
import type { StartSettings } from '@meeboter/chassis/env/start.ts';
import { readSettings, readStartSettings, type Settings } from '@meeboter/chassis/env.ts';
import { Closers } from '@meeboter/chassis/lifecycle.ts';
import type { Log } from '@meeboter/chassis/log.ts';
import { startDeployer } from '@meeboter/deployer/deployer.ts';
import { type Lab, startLab } from '@meeboter/lab/server.ts';
import { migrate } from '@meeboter/prisma/migrate.ts';
import { startScheduler } from '@meeboter/scheduler/scheduler.ts';
import { startEmbeddedPostgres, stopEmbeddedPostgres } from '../embedded/postgres.ts';
import { startEmbeddedS3 } from '../embedded/s3.ts';
import { openHome, ROOM_FOR_A_DATABASE } from './home.ts';
import { type LocalSecrets, localSecrets } from './local-secrets.ts';
import { portOf, requirePort } from './ports.ts';

export interface Everything {
  settings: Settings;
  secrets: LocalSecrets;
  api: Api;
  lab: Lab;
  /** Has every bot on this machine leave in order, then closes all; `hurry` skips the leaving. */
  stop(hurry: AbortSignal): Promise<void>;
  /** Names of what is still open. */
  open(): string[];
}

/** How long bots may take to leave and upload when everything is stopped. */
const BOTS_LEAVE_MS = 30_000;

/** Stands for the secrets while the environment is checked: a wrong environment leaves nothing behind. */
const NOT_MADE_YET: LocalSecrets = {
  secret: 'not made yet, but as long as it will be',
  s3_access_key_id: 'not made yet',
  s3_secret_access_key: 'not made yet',
  demo_email: '',
  demo_password: '',
  demo_api_key: null,
};

/** Stands for the embedded servers while the environment is checked, before any of them is started. */
const NOT_STARTED_YET = {
  DATABASE_URL: 'postgresql://embedded@127.0.0.1/meeboter',
  S3_ENDPOINT: 'http://127.0.0.1',
};

export interface Prepared {
  env: Environment;
  home: string;
  start: StartSettings;
  secrets: LocalSecrets;
  /** The environment, and what an installation on one machine adds to it. */
  base: Environment;
  /** Gives the home back to the next start. */
  release(): void;
}

/**
 * Checks the whole environment and the home before anything is started, takes the home, and adds what an
 * installation on one machine can give itself. Throws SettingsError with everything that is wrong with the
 * environment, or another readable Error; then nothing is left behind.
 */
export function prepare(env: Environment): Prepared {
  const problems: string[] = [...storeProblems(env)];
  const attempt = <T>(read: () => T): T | undefined => {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof SettingsError)) throw error;
      problems.push(...error.problems);
      return undefined;
    }
  };
  const start = attempt(() => readStartSettings(env)) ?? readStartSettings({});
  const dir = resolve(start.MEEBOTER_HOME);
  const settings = attempt(() =>
    readSettings({ ...NOT_STARTED_YET, ...baseOf(env, start, dir, NOT_MADE_YET) }),
  );
  if (settings?.API_PORT === start.LAB_PORT) problems.push('API_PORT and LAB_PORT are the same port');
  if (problems.length > 0) throw new SettingsError([...new Set(problems)]);

  const needsDatabase = !given(env, 'DATABASE_URL') && !existsSync(join(dir, 'postgres'));
  const home = openHome(dir, needsDatabase ? ROOM_FOR_A_DATABASE : undefined);
  try {
    const secrets = localSecrets(dir);
    return { env, home: dir, start, secrets, base: baseOf(env, start, dir, secrets), release: home.release };
  } catch (error) {
    home.release();
    throw error;
  }
}

/** Keys without a store would be taken for those of the embedded one, which has its own. */
function storeProblems(env: Environment): string[] {
  const keys = ['S3_ACCESS_KEY_ID', 'S3_SECRET_ACCESS_KEY'].filter((name) => given(env, name));
  if (keys.length === 0 || given(env, 'S3_ENDPOINT')) return [];
  return [
    `${keys.join(' and ')} set without S3_ENDPOINT: set S3_ENDPOINT, S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY to use an object store of your own (AWS: https://s3.<region>.amazonaws.com), or none of them to use the embedded one`,
  ];
}

/** The environment, and what an installation on one machine adds to it. */
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
export async function startEverything(prepared: Prepared, log: Log): Promise<Everything> {
  const { env, home, start, secrets, base } = prepared;
  const closers = new Closers();
  try {
    const { API_HOST, API_PORT } = readSettings({ ...NOT_STARTED_YET, ...base });
    await requirePort('API_PORT', API_HOST, API_PORT);
    await requirePort('LAB_PORT', '127.0.0.1', start.LAB_PORT);
    const database = given(env, 'DATABASE_URL') ? {} : await openDatabaseServer(home, log, closers);
    const s3 = given(env, 'S3_ENDPOINT') ? {} : await openObjectStore(home, secrets, log, closers);
    const settings = readSettings({ ...database, ...s3, ...base });
    await migrate(directUrl(settings));
    const lab = await startLab({
      port: start.LAB_PORT,
      names: settings.LAB_ORIGIN === undefined ? [] : [new URL(settings.LAB_ORIGIN).hostname],
      chromiumPath: settings.CHROMIUM_PATH,
    });
    closers.add('lab', () => lab.close());
    const api = await startApi(settings, log);
    closers.add('api', () => api.stop());
    const scheduler = await startScheduler(settings, log);
    const deployer = await startDeployer(settings, { log });
    const hurrying = new AbortController();
    // Bots report to the API while they leave; what would start them again has stopped by then.
    closers.add('bots', () => deployer.stopRuntimes(BOTS_LEAVE_MS, hurrying.signal));
    closers.add('deployer', () => deployer.stop());
    closers.add('scheduler', () => scheduler.stop());
    return {
      ...{ settings, secrets, api, lab },
      open: () => closers.open(),
      stop(hurry) {
        if (hurry.aborted) hurrying.abort();
        hurry.addEventListener('abort', () => hurrying.abort(), { once: true });
        return closers.close(log);
      },
    };
  } catch (error) {
    await closers.close(log);
    throw error;
  }
}

/** The value of a variable; an empty one counts as unset. */
function given(env: Environment, name: string): string | undefined {
  return env[name] === '' ? undefined : env[name];
}

/** An empty variable counts as unset, so that it does not hide a default. */
function present(env: Environment): Environment {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));
}

async function openDatabaseServer(home: string, log: Log, closers: Closers): Promise<Environment> {
  const dir = join(home, 'postgres');
  // One that a killed run left behind has the port that is wanted.
  await stopEmbeddedPostgres(dir);
  const server = await startEmbeddedPostgres({ dir, port: await portOf(home, 'postgres', log) });
  closers.add('postgres', () => server.stop());
  return { DATABASE_URL: await server.database('meeboter') };
}

async function openObjectStore(
  home: string,
  secrets: LocalSecrets,
  log: Log,
  closers: Closers,
): Promise<Environment> {
  const s3 = await startEmbeddedS3({
    dir: join(home, 's3'),
    port: await portOf(home, 'object_store', log),
    log: log.child({ service: 'object store' }),
    credentials: { accessKeyId: secrets.s3_access_key_id, secretAccessKey: secrets.s3_secret_access_key },
  });
  closers.add('object store', () => s3.stop());
  return { S3_ENDPOINT: s3.endpoint };
}
