// The handler of start and dispatch jobs: bots that are due join the queue for a slot, and bots in the
// queue get the slots that are idle.
import { coalesced } from './coalesced.ts';
import type { SchedulerContext } from './context.ts';
import { dispatch } from './dispatch.ts';
import { queueBatch } from './queue-due-bots.ts';

/** Starts and dispatches until nobody is due and no slot can be given. Many jobs at once share a run. */
export function startAndDispatch(context: SchedulerContext): () => Promise<void> {
  return coalesced(async () => {
    // Dispatches after each batch: the first of a thousand bots should not wait until the last is queued.
    for (let more = true; more; ) {
      ({ more } = await queueBatch(context));
      await dispatch(context);
    }
  });
}
