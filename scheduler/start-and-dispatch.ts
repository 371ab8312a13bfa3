// The handler of start and dispatch jobs: moves due bots to the pool queue, and gives idle slots to queued bots.
import { readPoolPlatforms } from '@meeboter/prisma/sql/pool-platforms.ts';
import { coalesced } from './coalesced.ts';
import type { SchedulerContext } from './context.ts';
import { dispatch } from './dispatch.ts';
import { queueBatch } from './queue-due-bots.ts';

/** Starts and dispatches until no bot is due and no slot can be given out. Concurrent jobs share a run. */
export function startAndDispatch(context: SchedulerContext): () => Promise<void> {
  return coalesced(async () => {
    // Dispatches after each batch, so that the first of a thousand bots does not wait until the last is queued.
    for (let more = true; more; ) {
      const [batch, pools] = await Promise.all([queueBatch(context), readPoolPlatforms(context.db)]);
      await dispatch(context, pools);
      more = batch.more;
    }
  });
}
