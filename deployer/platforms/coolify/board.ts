// What Coolify shows of all our applications, read with two requests for all slots together: 200 requests a minute are
// too few for asking about each of them.
import type { CoolifyApi, CoolifyDeployment, Resource } from './api.ts';
import type { Clock } from './clock.ts';
import { slotIdOf } from './names.ts';

export interface Board {
  /** Our applications, by their uuid. */
  applications: ReadonlyMap<string, Resource>;
  /** Those of a slot: one, or several when a creation was repeated. Oldest first. */
  ofSlot(slotId: string): Resource[];
  /** The deployment of an application that is queued or under way. */
  activeOf(application: Resource): CoolifyDeployment | undefined;
}

/** The part of a status before its colon: `running:healthy` is `running`. What is after it is left out, since `exited:unhealthy` is a normal stop. */
export const stateOf = ({ status }: Pick<Resource, 'status'>) => (status ?? '').split(':')[0] ?? '';

/** True when neither its status nor a deployment shows that something of an application runs or will run. */
export const looksStopped = (board: Board, application: Resource) =>
  stateOf(application) === 'exited' && board.activeOf(application) === undefined;

export function createBoard(api: CoolifyApi, options: { serverUuid: string; cacheMs: number; clock: Clock }) {
  const { serverUuid, cacheMs, clock } = options;
  let cached: { board: Promise<Board>; atMs: number } | null = null;

  const load = async (signal: AbortSignal): Promise<Board> => {
    const [resources, active] = await Promise.all([
      api.resources(serverUuid, signal),
      api.activeDeployments(signal),
    ]);
    const ours = resources.filter(
      ({ name, type }) => (type ?? 'application') === 'application' && slotIdOf(name),
    );
    const byAge = ours.toSorted((a, b) => ageKey(a).localeCompare(ageKey(b)));
    const bySlot = Map.groupBy(byAge, ({ name }) => slotIdOf(name));
    return {
      applications: new Map(ours.map((it) => [it.uuid, it])),
      ofSlot: (slotId) => bySlot.get(slotId) ?? [],
      activeOf: ({ id }) => active.find(({ application_id }) => application_id === id),
    };
  };

  return {
    /** `fresh`: nothing that was read before this call. Several callers share one reading. */
    async read(signal: AbortSignal, { fresh = false } = {}): Promise<Board> {
      signal.throwIfAborted();
      if (!cached || fresh || clock.nowMs() - cached.atMs >= cacheMs) {
        // Not the signal of this caller: others wait for the same answer. Requests have a time limit of their own.
        const reading = { board: load(new AbortController().signal), atMs: clock.nowMs() };
        cached = reading;
        reading.board.catch(() => {
          if (cached === reading) cached = null;
        });
      }
      return orAborted(cached.board, signal);
    },
    /** Call it after an action: what was read before does not count any more. */
    forget() {
      cached = null;
    },
  };
}

export type BoardReader = ReturnType<typeof createBoard>;

/** Ids count up; the time of creation goes first, as the list may name it with any precision. */
const ageKey = ({ created_at, id }: Resource) => `${created_at ?? ''} ${id.padStart(20, '0')}`;

/** The result of work that others share, unless the signal of this caller aborts first. */
export async function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  const aborted = Promise.withResolvers<never>();
  const onAbort = () => aborted.reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
