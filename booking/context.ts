import type { Settings } from '@meeboter/chassis/env.ts';
import type { JobSender } from '@meeboter/chassis/jobs.ts';
import type { Log } from '@meeboter/chassis/log.ts';
import type { Database } from '@meeboter/prisma/client.ts';

/** What every function of this room needs. */
export interface BookingContext {
  db: Database;
  jobs: JobSender;
  log: Log;
  settings: Settings;
}
