import type { Chassis } from '@meeboter/chassis/context.ts';
import type { Database } from '@meeboter/prisma/client.ts';

export interface SchedulerContext extends Pick<Chassis, 'settings' | 'log' | 'jobs' | 'storage'> {
  db: Database;
}
