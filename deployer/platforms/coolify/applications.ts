// The application of each slot: found again, created when there is none, and brought up to date.
import type { Log } from '@meeboter/chassis/log.ts';
import type { SpecSlot } from '../platform.ts';
import type { CoolifyApi } from './api.ts';
import { type Board, type BoardReader, looksStopped } from './board.ts';
import type { Book } from './book.ts';
import { imageFields, makeApplication } from './make-application.ts';
import { nameOf, TAG } from './names.ts';
import type { CoolifyOptions } from './options.ts';
import type { Features } from './version.ts';

/** What the container of a slot has in its environment, the same for every bot. */
export interface SlotVariables {
  apiUrl: string;
  slotToken: string;
}

export interface Applications {
  /** The uuid of the slot's application, which is created if there is none. */
  find(slot: SpecSlot, signal: AbortSignal): Promise<string>;
  /** The same, with our image and these variables set for its next deployment. */
  ensure(slot: SpecSlot, variables: SlotVariables, signal: AbortSignal): Promise<string>;
}

export function createApplications(about: {
  api: CoolifyApi;
  board: BoardReader;
  book: Book;
  options: CoolifyOptions;
  features(signal: AbortSignal): Promise<Features>;
  log: Log;
}): Applications {
  const { api, board, book, options, log } = about;
  /** What was configured by this process: by slot, the application and its variables. */
  const configured = new Map<string, string>();
  const turns = new Map<string, Promise<unknown>>();
  /** One at a time for each slot: two creations would make two applications. */
  const inTurn = <T>(slotId: string, work: () => Promise<T>): Promise<T> => {
    const result = (turns.get(slotId) ?? Promise.resolve()).then(work, work);
    turns.set(slotId, result);
    const done = () => {
      if (turns.get(slotId) === result) turns.delete(slotId);
    };
    result.then(done, done);
    return result;
  };

  const look = async (slot: SpecSlot, signal: AbortSignal): Promise<string | null> => {
    const seen = await board.read(signal);
    const [oldest, ...doubles] = seen.ofSlot(slot.id);
    if (doubles.length > 0) await removeDoubles(seen, slot, signal);
    if (oldest) return oldest.uuid;
    // The list is short, or somebody has renamed the application.
    if (slot.application && (await api.application(slot.application, signal))) return slot.application;
    const name = nameOf(slot);
    const again = (await board.read(signal, { fresh: true })).ofSlot(slot.id)[0];
    if (again) return again.uuid;
    if (!(await about.features(signal)).tags) return null;
    return (await api.tagged(TAG, signal)).find((it) => it.name === name)?.uuid ?? null;
  };

  /** A creation whose answer was lost and that was repeated leaves two. The oldest is the one that all deployers choose. */
  const removeDoubles = async (seen: Board, slot: SpecSlot, signal: AbortSignal): Promise<void> => {
    for (const double of seen.ofSlot(slot.id).slice(1)) {
      // One that runs is left for a stop to end.
      if (!looksStopped(seen, double) || (await api.isLive(double.uuid, signal))) continue;
      log.warn(
        { slot_id: slot.id, application: double.uuid },
        'a second application of the same slot, deleted',
      );
      await api.deleteApplication(double.uuid, signal);
    }
    board.forget();
  };

  const findOrMake = async (
    slot: SpecSlot,
    signal: AbortSignal,
  ): Promise<{ uuid: string; isNew: boolean }> => {
    const found = await look(slot, signal);
    if (found !== null) {
      if (found !== slot.application) await book.remember(slot.id, found);
      return { uuid: found, isNew: false };
    }
    try {
      const features = await about.features(signal);
      const uuid = await makeApplication(api, options, features, nameOf(slot), signal);
      log.info({ slot_id: slot.id, slot: slot.number, application: uuid }, 'application created');
      await book.remember(slot.id, uuid);
      return { uuid, isNew: true };
    } finally {
      board.forget();
    }
  };

  const useImage = async (uuid: string, signal: AbortSignal): Promise<void> => {
    const wanted = imageFields(options.image);
    const now = await api.application(uuid, signal);
    const isSame =
      now?.docker_registry_image_name === wanted.docker_registry_image_name &&
      now.docker_registry_image_tag === wanted.docker_registry_image_tag;
    if (!isSame) await api.changeApplication(uuid, wanted, signal);
  };

  return {
    find: (slot, signal) => inTurn(slot.id, async () => (await findOrMake(slot, signal)).uuid),
    ensure: (slot, { apiUrl, slotToken }, signal) =>
      inTurn(slot.id, async () => {
        const { uuid, isNew } = await findOrMake(slot, signal);
        const key = JSON.stringify([uuid, apiUrl, slotToken]);
        if (configured.get(slot.id) === key) return uuid;
        if (!isNew) await useImage(uuid, signal);
        const variables = {
          MEEBOTER_API_URL: apiUrl,
          MEEBOTER_SLOT_ID: slot.id,
          MEEBOTER_SLOT_TOKEN: slotToken,
        };
        await api.setEnvironment(uuid, variables, signal);
        configured.set(slot.id, key);
        return uuid;
      }),
  };
}
