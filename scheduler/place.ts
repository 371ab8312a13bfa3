// The handler of start and dispatch jobs: whoever is due gets into the line, and
// whoever is in the line a slot.
import { coalesced } from './coalesced.ts';
import type { SchedulerContext } from './context.ts';
import { dispatch } from './dispatch.ts';
import { startBatch } from './start.ts';

/** Places bots until nobody is due and nobody can be placed. Many jobs at once share a run. */
export function placer(context: SchedulerContext): () => Promise<void> {
  return coalesced(async () => {
    // The first of a thousand should not wait for the last to be in the line.
    for (let more = true; more; ) {
      ({ more } = await startBatch(context));
      await dispatch(context);
    }
  });
}
