// The loop that heals: rows whose next step is overdue get their hint again. It
// is the normal path with a longer delay, not a recovery for disasters.
import { requestDeploy, requestLook, requestStop } from '@meeboter/deployer/inbox.ts';
import {
  botsPastQueueDeadline,
  botsToStart,
  deploymentsToLookAt,
  deploymentsToStart,
  deploymentsToStop,
  recordingsToFinish,
} from '@meeboter/prisma/sql/overdue.ts';
import { transitionBot } from '@meeboter/prisma/sql/transition-bot.ts';
import type { SchedulerContext } from './context.ts';
import { HORIZON_MS, requestDispatch, requestFinishRecording, requestStart } from './inbox.ts';

/** A deployment nobody has carried out for this long gets its hint again. */
const INTENT_OVERDUE_MS = 1_000;
/** A runtime reports every 5 s; one that has been mute this long is looked at. */
const MUTE_MS = 15_000;

/** One round over everything that can be overdue. */
export async function sweep(context: SchedulerContext): Promise<void> {
  const { db, jobs } = context;

  for (const bot of await botsToStart(db, HORIZON_MS)) {
    await requestStart(jobs, { id: bot.id, revision: bot.revision, startAt: bot.start_at });
  }
  for (const botId of await botsPastQueueDeadline(db)) {
    await db.$transaction((tx) =>
      transitionBot(tx, botId, 'FATAL', { from: ['QUEUED'], subCode: 'queue_timeout', actor: 'scheduler' }),
    );
  }
  // Asked for every time: it costs one count when nobody waits.
  await requestDispatch(jobs);
  for (const id of await deploymentsToStart(db, INTENT_OVERDUE_MS)) await requestDeploy(jobs, id);
  for (const id of await deploymentsToStop(db)) await requestStop(jobs, id);
  for (const id of await deploymentsToLookAt(db, MUTE_MS)) await requestLook(jobs, id);
  for (const id of await recordingsToFinish(db)) await requestFinishRecording(jobs, id);
}
