// What every server process opens: its log and its queue. Database and object store are opened
// by the programs that use them.
import { CONNECTIONS } from './connections.ts';
import { directUrl } from './env/database.ts';
import type { ServerSettings } from './env.ts';
import type { JobBackend } from './jobs.ts';
import { Closers } from './lifecycle.ts';
import { createLog, type Log } from './log.ts';
import { openQueue } from './queue.ts';

export interface Chassis<Settings extends ServerSettings> {
  settings: Settings;
  log: Log;
  jobs: JobBackend;
  closers: Closers;
}

/**
 * Opens the log and the queue of one process. `closers` closes the queue, and whatever is added to it later.
 * With `log`, the process writes to a child of that log, with the name of its service in each line.
 */
export async function openChassis<Settings extends ServerSettings>(
  settings: Settings,
  service: keyof typeof CONNECTIONS,
  log?: Log,
): Promise<Chassis<Settings>> {
  const closers = new Closers(settings.STOP_GRACE_MS);
  const ownLog = log ? log.child({ service }) : createLog({ service, level: settings.LOG_LEVEL });
  const jobs = await openQueue({
    redisUrl: settings.REDIS_URL ?? null,
    databaseUrl: directUrl(settings),
    poolSize: CONNECTIONS[service].queue,
    applicationName: `meeboter ${service} queue`,
    patienceMs: settings.START_PATIENCE_MS,
    log: ownLog,
  });
  closers.add('queue', (leftMs) => jobs.close(leftMs));
  return { settings, log: ownLog, jobs, closers };
}

/** Opens log and queue, and starts a program with them. When `start` throws, everything that was opened is closed. */
export async function startOnChassis<Settings extends ServerSettings, Program>(
  settings: Settings,
  { service, log }: { service: keyof typeof CONNECTIONS; log?: Log | undefined },
  start: (chassis: Chassis<Settings>) => Promise<Program>,
): Promise<Program> {
  const chassis = await openChassis(settings, service, log);
  try {
    return await start(chassis);
  } catch (error) {
    await chassis.closers.close(chassis.log);
    throw error;
  }
}
