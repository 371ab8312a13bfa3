// What a running `npm start` is, for tools beside it.
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Environment } from '@meeboter/chassis/env/read.ts';
import { readStartSettings } from '@meeboter/chassis/env.ts';
import { embeddedUrl } from '../embedded/postgres.ts';
import { runningIn } from './instance.ts';
import { readSecrets } from './local-secrets.ts';
import { knownPorts } from './ports.ts';

/**
 * The environment that reaches the database of the `npm start` in MEEBOTER_HOME: what it was started with,
 * what it made itself, and on top of both `env`. Throws a readable Error when none runs there.
 */
export function environmentOfRunning(env: Environment): Environment {
  const home = resolve(readStartSettings(env).MEEBOTER_HOME);
  const pid = runningIn(home);
  if (pid === undefined) {
    throw new Error(
      `DATABASE_URL is not set, and no Meeboter runs in ${home}. Start it there, or set MEEBOTER_HOME to its folder; or set DATABASE_URL and MEEBOTER_SECRET to those of your installation.`,
    );
  }
  const started = environmentOf(pid);
  const port = knownPorts(home, { warn: () => undefined }).postgres;
  if (!started.DATABASE_URL && port === undefined) {
    throw new Error(`The Meeboter in ${home} (process ${pid}) is still starting. Try again when it is up.`);
  }
  return {
    MEEBOTER_SECRET: readSecrets(home).secret,
    ...(port === undefined ? {} : { DATABASE_URL: embeddedUrl(join(home, 'postgres'), port, 'meeboter') }),
    ...started,
    ...present(env),
  };
}

/** Proc(5), /proc/[pid]/environ: what a process of this user was started with. */
function environmentOf(pid: number): Environment {
  const text = readFileSync(`/proc/${pid}/environ`, 'utf8');
  const pairs = text.split('\0').map((entry) => {
    const equals = entry.indexOf('=');
    return [entry.slice(0, equals), entry.slice(equals + 1)] as const;
  });
  return present(Object.fromEntries(pairs));
}

const present = (env: Environment): Environment =>
  Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));
