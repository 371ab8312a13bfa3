// Everything that is due goes into the line at once, so that a thousand bots of one
// second cost a few statements, not a thousand transactions.
import { startDueBots } from '@meeboter/prisma/sql/start-due-bots.ts';
import type { SchedulerContext } from './context.ts';

const BATCH = 200;

/** Moves every due bot to QUEUED. Returns how many it moved. */
export async function startBots(context: SchedulerContext): Promise<number> {
  let started = 0;
  for (let more = true; more; ) {
    const batch = await startBatch(context);
    started += batch.started;
    more = batch.more;
  }
  return started;
}

/** Moves some due bots to QUEUED. `more`: there may be others. */
export async function startBatch({ db, log }: SchedulerContext): Promise<{ started: number; more: boolean }> {
  const ids = await startDueBots(db, { batch: BATCH });
  for (const bot_id of ids) log.debug({ bot_id }, 'bot queued');
  return { started: ids.length, more: ids.length === BATCH };
}
