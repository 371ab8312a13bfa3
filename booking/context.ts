import type { BookingSettings } from '@meeboter/chassis/env/booking.ts';
import type { PoolSettings } from '@meeboter/chassis/env/pool.ts';
import type { JobSender } from '@meeboter/chassis/jobs.ts';
import type { Log } from '@meeboter/chassis/log.ts';
import type { Database } from '@meeboter/prisma/client.ts';

/** What the functions of this room need. */
export interface BookingContext {
  db: Database;
  jobs: JobSender;
  log: Log;
  settings: BookingSettings & PoolSettings;
}
