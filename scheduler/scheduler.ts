// The scheduler decides when and where bots run. `startScheduler` starts it; what it returns stops it.
import { setTimeout as delay } from 'node:timers/promises';
import { CONNECTIONS } from '@meeboter/chassis/connections.ts';
import { type Chassis, startOnChassis } from '@meeboter/chassis/context.ts';
import { directUrl, isPooled } from '@meeboter/chassis/env/database.ts';
import { botLimit } from '@meeboter/chassis/env/pool.ts';
import type { SchedulerSettings } from '@meeboter/chassis/env.ts';
import { Health, serveHealth } from '@meeboter/chassis/health.ts';
import type { Running } from '@meeboter/chassis/lifecycle.ts';
import type { Log } from '@meeboter/chassis/log.ts';
import { openStorage } from '@meeboter/chassis/storage.ts';
import { untilDatabaseThere } from '@meeboter/chassis/wait-for-server.ts';
import { openDatabase } from '@meeboter/prisma/client.ts';
import { leftOverPlatforms } from '@meeboter/prisma/sql/left-over-platforms.ts';
import { noteBotLimits } from '@meeboter/prisma/sql/note-bot-limits.ts';
import { sweepAgeMs } from '@meeboter/prisma/sql/note-sweep.ts';
import type { SchedulerContext } from './context.ts';
import { finishRecording } from './finish-recording.ts';
import { dispatchJob, finishRecordingJob, startJob, sweepJob } from './inbox.ts';
import { countPoolAtScrape } from './pool-metrics.ts';
import { startSequencer } from './sequencer.ts';
import { startAndDispatch } from './start-and-dispatch.ts';
import { createSweep } from './sweep.ts';

const SWEEP_EVERY_MS = 1_000;
/** When no scheduler has swept for this long, the queue is away or a dead worker holds the job. */
const SWEEP_MISSED_MS = 3_000;

/** Runs `work` every `ms`, one run at a time. Errors are ignored: the next run tries again. Returns a function that ends this. */
function every(ms: number, work: () => Promise<void>): () => Promise<void> {
  const ended = new AbortController();
  const loop = (async () => {
    while (!ended.signal.aborted) {
      await delay(ms, undefined, { signal: ended.signal }).catch(() => undefined);
      if (!ended.signal.aborted) await work().catch(() => undefined);
    }
  })();
  return async () => {
    ended.abort();
    await loop;
  };
}

export interface SchedulerOptions {
  /** False: no sweep, for tests that show what is lost without it. */
  sweep?: boolean;
}

/**
 * Starts the scheduler's workers, the sweep and the sequencer. Waits for a database that is away, as
 * START_PATIENCE_MS says, and throws then. A start that throws leaves nothing open.
 */
export async function startScheduler(
  settings: SchedulerSettings,
  log?: Log,
  options: SchedulerOptions = {},
): Promise<Running> {
  return startOnChassis(settings, { service: 'scheduler', log }, (chassis) => startWith(chassis, options));
}

async function startWith(chassis: Chassis<SchedulerSettings>, options: SchedulerOptions): Promise<Running> {
  const { settings, closers } = chassis;
  const db = openDatabase({
    url: settings.DATABASE_URL,
    pooled: isPooled(settings),
    poolSize: CONNECTIONS.scheduler.database,
    applicationName: 'meeboter scheduler',
    onConnectionError: (err) => chassis.log.warn({ err }, 'database connection lost'),
  });
  // Closed last, because jobs that finish during the stop still use them.
  const storage = openStorage(settings);
  closers.addBase('object store', () => storage.close());
  closers.addBase('database', () => db.$disconnect());
  const context: SchedulerContext = { ...chassis, db, storage };
  const limits = settings.PLATFORM_PRIORITY.map((platform) => ({
    platform,
    limit: botLimit(settings, platform),
  }));
  await untilDatabaseThere(chassis, () => noteBotLimits(db, limits));
  for (const { deployment_platform, in_use } of await leftOverPlatforms(db, settings.PLATFORM_PRIORITY)) {
    chassis.log.error(
      { platform: deployment_platform, slots_in_use: in_use },
      'PLATFORM_PRIORITY does not name a platform on which bots still run: nobody stops them. Name it, drain it, and take it out when it has no slot in use',
    );
  }

  const handle = startAndDispatch(context);
  chassis.jobs.work(startJob, handle);
  chassis.jobs.work(dispatchJob, handle);
  chassis.jobs.work(finishRecordingJob, ({ recording_id }, { signal }) =>
    finishRecording(context, recording_id, signal),
  );
  if (options.sweep ?? true) {
    const sweep = createSweep(context);
    chassis.jobs.work(sweepJob, async () => void (await sweep()));
    chassis.jobs.repeat(sweepJob, {}, SWEEP_EVERY_MS);
    // The sweep must not depend on the queue it repairs: when that sends no sweep job, schedulers sweep by a timer.
    const sweepByTimer = every(SWEEP_EVERY_MS, async () => {
      const ageMs = await sweepAgeMs(db);
      if (ageMs === null || ageMs > SWEEP_MISSED_MS) await sweep();
    });
    closers.add('sweep', sweepByTimer);
  }
  closers.add('sequencer', startSequencer({ url: directUrl(settings), log: chassis.log }));
  closers.add('pool metrics', countPoolAtScrape(context));
  const health = new Health('scheduler', { db, jobs: chassis.jobs, storage });
  closers.add('health', () => health.close());
  const server = await serveHealth({ ...chassis, health, alwaysBusy: true });
  closers.add('health server', () => server.close());
  return closers.running(chassis.log);
}
