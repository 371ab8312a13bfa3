// Which runtimes of ours Coolify starts or runs.
import type { Log } from '@meeboter/chassis/log.ts';
import type { RuntimeRef } from '../platform.ts';
import { type BoardReader, looksStopped } from './board.ts';
import type { Book } from './book.ts';
import { slotIdOf } from './names.ts';

/**
 * Returns the `list` of the platform. Applications that are named like ours and belong to no slot of this database are
 * reported in the log when that changes, and left alone: they may be another Meeboter's, or the database was restored.
 */
export function listRuntimes({ board, book, log }: { board: BoardReader; book: Book; log: Log }) {
  let reported = '';
  return async (signal: AbortSignal): Promise<RuntimeRef[]> => {
    const seen = await board.read(signal, { fresh: true });
    // Read after the list: the row of a slot exists before its application does.
    const booked = new Map((await book.slots()).map((it) => [it.slot.id, it]));
    const strays: { application: string; name: string; runs: boolean }[] = [];
    const runtimes = new Map<string, RuntimeRef>();
    for (const application of seen.applications.values()) {
      const known = booked.get(slotIdOf(application.name) ?? '');
      const runs = !looksStopped(seen, application);
      if (known?.deploymentId == null) {
        // The application of a slot that was never used is no stray, unless somebody has started it by hand.
        if (!known || runs) strays.push({ application: application.uuid, name: application.name, runs });
        continue;
      }
      const { deploymentId, externalRef, slot } = known;
      if (runs) runtimes.set(deploymentId, { deploymentId, externalRef, slot });
    }
    const summary = JSON.stringify(strays);
    if (summary !== reported && (strays.length > 0 || reported !== '')) {
      log.warn({ strays }, 'applications in Coolify that belong to no slot of this database');
      reported = summary;
    }
    return [...runtimes.values()];
  };
}
