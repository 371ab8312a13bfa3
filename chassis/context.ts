// What every server process holds open, but for the database, whose client is
// another room's.
import type { Settings } from './env.ts';
import type { JobBackend } from './jobs.ts';
import { Closers } from './lifecycle.ts';
import { createLog, type Log } from './log.ts';
import { openQueue } from './queue.ts';
import { openStorage, type Storage } from './storage.ts';

export interface Chassis {
  settings: Settings;
  log: Log;
  jobs: JobBackend;
  storage: Storage;
  closers: Closers;
}

/** Opens log, queue and object store for one process. `closers` takes them down again. */
export async function openChassis(settings: Settings, service: string, log?: Log): Promise<Chassis> {
  const closers = new Closers(settings.STOP_GRACE_MS);
  const ownLog = log ? log.child({ service }) : createLog({ service, level: settings.LOG_LEVEL });
  // Before the queue: a job that finishes while the process stops may need it.
  const storage = openStorage(settings);
  closers.add('object store', () => storage.close());
  const jobs = await openQueue({
    redisUrl: settings.REDIS_URL ?? null,
    databaseUrl: settings.DATABASE_URL,
    patienceMs: settings.START_PATIENCE_MS,
    log: ownLog,
  });
  closers.add('queue', (leftMs) => jobs.close(leftMs));
  return { settings, log: ownLog, jobs, storage, closers };
}
