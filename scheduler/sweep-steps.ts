// The steps of the sweep, one per kind of overdue row.
import type { JobSender } from '@meeboter/chassis/jobs.ts';
import { bookingLeadMs, launchRateOfAll } from '@meeboter/chassis/lead.ts';
import { servedMeetings, servesAll } from '@meeboter/chassis/served.ts';
import {
  type DeploymentAt,
  requestDeploysAgain,
  requestLooks,
  requestStops,
} from '@meeboter/deployer/inbox.ts';
import { failDeployment } from '@meeboter/prisma/sql/deployment-steps.ts';
import { noteSweep } from '@meeboter/prisma/sql/note-sweep.ts';
import {
  botsPastQueueDeadline,
  deploymentsOverstaying,
  deploymentsToLookAt,
  deploymentsToRecover,
  deploymentsToStart,
  deploymentsToStop,
  startTimes,
} from '@meeboter/prisma/sql/overdue.ts';
import { settleDeadline } from '@meeboter/prisma/sql/past-deadline.ts';
import { applyLead, measureLeads, readPoolPlatforms } from '@meeboter/prisma/sql/pool-platforms.ts';
import { recordingsToFinish } from '@meeboter/prisma/sql/recordings-to-finish.ts';
import { transitionBot } from '@meeboter/prisma/sql/transition-bot.ts';
import { botsServedNowhere } from '@meeboter/prisma/sql/unserved-bots.ts';
import type { SchedulerContext } from './context.ts';
import { dispatch } from './dispatch.ts';
import { HORIZON_MS, requestFinishRecordings, requestStarts } from './inbox.ts';
import { queueDueBots } from './queue-due-bots.ts';

/** What the steps of a round get. */
export interface SweepRound extends SchedulerContext {
  /** Set when a hint was not delivered or the step `dispatch` failed: queued bots may have waited in vain. */
  hindered?: boolean;
}

export interface SweepStep {
  /** The kind of repair: the label of the metric, and the key in the log. */
  kind: string;
  everyMs: number;
  run(round: SweepRound): Promise<Repairs>;
}

/**
 * How many rows a step has repaired itself, or the ids of the rows for which it has sent a hint. Such a row
 * counts once for as long as it stays overdue, and not at all when the hint was not delivered.
 */
export type Repairs = number | readonly string[];

const SECOND = 1_000;
/** A row counts as overdue when its hint has had no effect for this long. */
const OVERDUE_MS = SECOND;
/** The same for launches, which wait for their turn when there are many. */
const LAUNCH_OVERDUE_MS = 2 * SECOND;
/**
 * A launch that has made no progress for this long is requested again under another job id: the previous job
 * may hang, or belong to a worker that was killed, until the queue's lock on it expires.
 */
const ROUND_MS = 5 * SECOND;
/** A runtime reports every 5 s. One that has been silent for this long is checked. */
const MUTE_MS = 15 * SECOND;
/** How long after the latest time at which it should have left a runtime that still reports is stopped. */
const OVERSTAY_MS = 15 * 60 * SECOND;

export const SWEEP_STEPS: readonly SweepStep[] = [
  { kind: 'start_overdue', everyMs: SECOND, run: queueDueBots },
  { kind: 'queue_timeout', everyMs: SECOND, run: endPastDeadline },
  { kind: 'served_nowhere', everyMs: SECOND, run: endServedNowhere },
  // Done here, not by a hint: a worker that was killed may hold the dispatch job.
  { kind: 'dispatch', everyMs: SECOND, run: dispatch },
  { kind: 'deploy_overdue', everyMs: SECOND, run: deployAgain },
  {
    kind: 'stop_overdue',
    everyMs: SECOND,
    run: async ({ db, jobs }) => hint(jobs, requestStops, await deploymentsToStop(db, OVERDUE_MS)),
  },
  {
    kind: 'runtime_mute',
    everyMs: SECOND,
    run: async ({ db, jobs }) => hint(jobs, requestLooks, await deploymentsToLookAt(db, MUTE_MS)),
  },
  {
    kind: 'recording_unfinished',
    // Less often: the hint was already sent when the stop was confirmed, and the query reads all unfinished recordings.
    everyMs: 5 * SECOND,
    run: async ({ db, jobs }) => hint(jobs, requestFinishRecordings, await recordingsToFinish(db)),
  },
  {
    kind: 'slot_error',
    everyMs: SECOND,
    run: async ({ db, jobs }) => hint(jobs, requestStops, await deploymentsToRecover(db)),
  },
  { kind: 'horizon', everyMs: 10 * SECOND, run: startWithinHorizon },
  { kind: 'runtime_stuck', everyMs: 10 * SECOND, run: stopOverstaying },
  { kind: 'lead', everyMs: 60 * SECOND, run: learnLead },
  // Last, because it stores that a whole round was completed.
  {
    kind: 'note_sweep',
    everyMs: SECOND,
    run: ({ db, hindered = false }) => noteSweep(db, { dispatched: !hindered }).then(() => 0),
  },
];

/** Sends hints in one call, so that a round stays short when many rows are overdue or the queue is slow. */
async function hint<R extends string | { id: string }>(
  jobs: JobSender,
  request: (jobs: JobSender, rows: readonly R[]) => Promise<boolean>,
  rows: readonly R[],
): Promise<Repairs> {
  const idOf = (row: R) => (typeof row === 'string' ? row : row.id);
  return (await request(jobs, rows)) ? rows.map(idOf) : [];
}

async function endPastDeadline({ db, log }: SweepRound): Promise<Repairs> {
  let settled = 0;
  for (const botId of await botsPastQueueDeadline(db)) {
    const ruling = await db.$transaction(async (tx) => {
      const ruled = await settleDeadline(tx, botId);
      if (ruled.kind !== 'ends') return ruled;
      const { subCode } = ruled;
      const end = { from: ['QUEUED'], subCode, actor: 'scheduler' } as const;
      const detail =
        subCode === 'scheduler_away'
          ? { detail: `No slot could be given out for ${duration(ruled.absentMs)}.` }
          : {};
      return (await transitionBot(tx, botId, 'FATAL', { ...end, ...detail })) && ruled;
    });
    if (!ruling || ruling.kind === 'waits') continue;
    settled += 1;
    log.info({ bot_id: botId, ...ruling }, 'queue deadline passed');
  }
  return settled;
}

/** A duration as text: `90 s`, `25 min`. */
function duration(ms: number): string {
  const seconds = Math.round(ms / SECOND);
  return seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
}

async function deployAgain({ db, jobs }: SchedulerContext): Promise<Repairs> {
  const overdue = await deploymentsToStart(db, LAUNCH_OVERDUE_MS);
  const launches = overdue.map(({ id, deployment_platform, age_ms }) => ({
    ...{ id, deployment_platform },
    round: Math.floor(age_ms / ROUND_MS),
  }));
  return (await requestDeploysAgain(jobs, launches)) ? overdue.map(({ id }) => id) : [];
}

/** Requests the starts within the horizon; later ones stay only in PostgreSQL. Not counted as a repair. */
async function startWithinHorizon({ db, jobs }: SchedulerContext): Promise<Repairs> {
  const starts = await startTimes(db, HORIZON_MS);
  await requestStarts(jobs, starts, new Date());
  return 0;
}

/** Gives up attempts whose runtime still reports but should have left long ago, and requests their stop. */
async function stopOverstaying({ db, jobs, log }: SchedulerContext): Promise<Repairs> {
  const overstaying = await deploymentsOverstaying(db, OVERSTAY_MS);
  const stopped: DeploymentAt[] = [];
  for (const deployment of overstaying) {
    const failed = await db.$transaction((tx) =>
      failDeployment(tx, deployment, { subCode: 'runtime_stuck', detail: `Still ${deployment.status}.` }),
    );
    if (!failed) continue;
    log.warn({ deployment_id: deployment.id, status: deployment.status }, 'runtime stuck, stopping it');
    stopped.push(deployment);
  }
  await requestStops(jobs, stopped);
  return stopped.length;
}

/** Ends waiting bots for whose meeting platform no deployment platform is set up: they were booked when one was. */
async function endServedNowhere({ db, log, settings }: SchedulerContext): Promise<Repairs> {
  const served = servedMeetings(settings, await readPoolPlatforms(db));
  if (servesAll(served)) return 0;
  let ended = 0;
  for (const botId of await botsServedNowhere(db, served)) {
    const end = { from: ['QUEUED'], subCode: 'meeting_platform_not_served', actor: 'scheduler' } as const;
    if (!(await db.$transaction((tx) => transitionBot(tx, botId, 'FATAL', end)))) continue;
    log.warn({ bot_id: botId, served }, 'no deployment platform serves the meeting of a bot');
    ended += 1;
  }
  return ended;
}

/** Measures the platforms' leads, and applies them to the bots of the next minutes. Not counted as a repair. */
async function learnLead({ db, settings }: SchedulerContext): Promise<Repairs> {
  await measureLeads(db, settings.PLATFORM_PRIORITY);
  const known = await readPoolPlatforms(db);
  const leadMs = bookingLeadMs(settings, known);
  const launches = launchRateOfAll(settings, known);
  await applyLead(db, { leadMs, withinMs: 2 * HORIZON_MS, launches });
  return 0;
}
