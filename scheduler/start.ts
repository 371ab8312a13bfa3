// A start job's handler. Its bot's time has come, and very likely that of others:
// everything that is due goes into the line at once, so that a thousand bots of
// one second cost a few statements, not a thousand transactions.
import { startDueBots } from '@meeboter/prisma/sql/start-due-bots.ts';
import type { SchedulerContext } from './context.ts';
import { requestDispatch } from './inbox.ts';

const BATCH = 200;

/** Moves every due bot to QUEUED and has the line looked at. Returns how many it moved. */
export async function startBots(context: SchedulerContext): Promise<number> {
  let started = 0;
  for (;;) {
    const ids = await startDueBots(context.db, BATCH);
    if (ids.length > 0) {
      started += ids.length;
      for (const bot_id of ids) context.log.debug({ bot_id }, 'bot queued');
      await requestDispatch(context.jobs);
    }
    if (ids.length < BATCH) return started;
  }
}
