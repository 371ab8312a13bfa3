// The scheduler: decides when and where. One `start`, one `stop`.
import { type Chassis, openChassis } from '@meeboter/chassis/context.ts';
import type { Settings } from '@meeboter/chassis/env.ts';
import { serveHealth } from '@meeboter/chassis/health.ts';
import type { Running } from '@meeboter/chassis/lifecycle.ts';
import type { Log } from '@meeboter/chassis/log.ts';
import { openDatabase } from '@meeboter/prisma/client.ts';
import type { SchedulerContext } from './context.ts';
import { dispatch } from './dispatch.ts';
import { finishRecording } from './finish-recording.ts';
import { dispatchJob, finishRecordingJob, startJob, sweepJob } from './inbox.ts';
import { startBots } from './start.ts';
import { createSweep } from './sweep.ts';

const SWEEP_EVERY_MS = 1_000;

export interface SchedulerOptions {
  /** False: no sweep, for the tests that show what is lost without it. */
  sweep?: boolean;
}

/** Starts the scheduler's workers and the sweep. */
export async function startScheduler(
  settings: Settings,
  log?: Log,
  options: SchedulerOptions = {},
): Promise<Running> {
  const chassis: Chassis = await openChassis(settings, 'scheduler', log);
  const db = openDatabase({
    url: settings.DATABASE_URL,
    onConnectionError: (err) => chassis.log.warn({ err }, 'database connection lost'),
  });
  const context: SchedulerContext = { ...chassis, db };

  chassis.jobs.work(startJob, async () => void (await startBots(context)));
  chassis.jobs.work(dispatchJob, () => dispatch(context));
  chassis.jobs.work(finishRecordingJob, (payload) => finishRecording(context, payload.recording_id));
  if (options.sweep ?? true) {
    const sweep = createSweep(context);
    chassis.jobs.work(sweepJob, async () => void (await sweep()));
    chassis.jobs.repeat(sweepJob, {}, SWEEP_EVERY_MS);
  }
  const health = await serveHealth({ ...chassis, db, alwaysBusy: true });

  return {
    async stop() {
      await health.close();
      await chassis.closers.close(chassis.log);
      await db.$disconnect();
    },
  };
}
