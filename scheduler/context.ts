import type { Chassis } from '@meeboter/chassis/context.ts';
import type { SchedulerSettings } from '@meeboter/chassis/env.ts';
import type { JobSender } from '@meeboter/chassis/jobs.ts';
import type { Storage } from '@meeboter/chassis/storage.ts';
import type { Database } from '@meeboter/prisma/client.ts';

export interface SchedulerContext extends Pick<Chassis<SchedulerSettings>, 'settings' | 'log'> {
  storage: Storage;
  jobs: JobSender;
  db: Database;
}
