// Moves bots that are due to the pool queue, in batches: a thousand bots in the same second cost a few
// statements, not a thousand transactions.
import { startDueBots } from '@meeboter/prisma/sql/start-due-bots.ts';
import type { SchedulerContext } from './context.ts';

const BATCH = 200;

/** Moves every due bot to QUEUED. Returns how many it moved. */
export async function queueDueBots(context: SchedulerContext): Promise<number> {
  let queued = 0;
  for (let more = true; more; ) {
    const batch = await queueBatch(context);
    queued += batch.queued;
    more = batch.more;
  }
  return queued;
}

/** Moves up to a batch of due bots to QUEUED. `more` is true when the batch was full, so others may be due. */
export async function queueBatch({ db, log }: SchedulerContext): Promise<{ queued: number; more: boolean }> {
  const ids = await startDueBots(db, { batch: BATCH });
  for (const bot_id of ids) log.debug({ bot_id }, 'bot queued');
  return { queued: ids.length, more: ids.length === BATCH };
}
