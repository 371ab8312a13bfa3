import type { Chassis } from '@meeboter/chassis/context.ts';
import type { JobSender } from '@meeboter/chassis/jobs.ts';
import type { Database } from '@meeboter/prisma/client.ts';

export interface SchedulerContext extends Pick<Chassis, 'settings' | 'log' | 'storage'> {
  jobs: JobSender;
  db: Database;
}
