// The platform Coolify. Each slot owns one application there, whose container asks our API which bot it has to run
// (bot/assignment.ts). Starting a runtime deploys the application, ending it stops the application.
//
// What Coolify shows is a hint: its status may be old or wrong. Where it decides something, Coolify is made to look
// (judge.ts, stop.ts), and checks against the reports of the runtime are the deployer's (check-runtime.ts).
import type { Log } from '@meeboter/chassis/log.ts';
import { confirmStop } from '../../confirm-stop.ts';
import { isOver, type Observation, type Platform, PlatformFault, type RuntimeRef } from '../platform.ts';
import { createApi, isActive } from './api.ts';
import { createApplications } from './applications.ts';
import { type Board, createBoard, looksStopped, orAborted, stateOf } from './board.ts';
import type { Book } from './book.ts';
import { checkCoolify } from './check.ts';
import { createClient } from './client.ts';
import { type Clock, systemClock } from './clock.ts';
import { describer } from './describe.ts';
import { judgeExited, judgeStatus } from './judge.ts';
import { launch } from './launch.ts';
import { listRuntimes } from './list.ts';
import { nameOf, parseRef, since } from './names.ts';
import type { CoolifyOptions } from './options.ts';
import { preflight } from './preflight.ts';
import { stopApplication } from './stop.ts';
import type { Features } from './version.ts';
import { warmUp } from './warm.ts';

/** How old a status may be that is answered to a caller. */
const CACHE_MS = 3_000;
const POLL_MS = 3_000;

export interface CoolifyContext {
  options: CoolifyOptions;
  book: Book;
  log: Log;
  clock?: Clock;
  cacheMs?: number;
  pollMs?: number;
  requestsPerMinute?: number;
}

export interface CoolifyPlatform extends Platform {
  /** Checks that Coolify can be used, once. Throws PlatformFault. A start does it too. */
  ready(signal: AbortSignal): Promise<void>;
  /** Creates the applications of these slots, and has the image pulled. */
  warm(slots: Parameters<typeof warmUp>[1], signal: AbortSignal): Promise<void>;
  close(): void;
}

export function createCoolifyPlatform(context: CoolifyContext): CoolifyPlatform {
  const { options, book, log, clock = systemClock, cacheMs = CACHE_MS, pollMs = POLL_MS } = context;
  const closed = new AbortController();
  const { baseUrl, token } = options;
  const { requestsPerMinute } = context;
  const client = createClient({
    ...{ baseUrl, token, clock },
    ...(requestsPerMinute === undefined ? {} : { requestsPerMinute }),
  });
  const api = createApi(client);
  const board = createBoard(api, { serverUuid: options.serverUuid, cacheMs, clock });
  const describe = describer(api, client.limiter, closed.signal);

  /** The check that succeeded, or the one that is under way: starts that come together share it. */
  let checked: Promise<Features> | undefined;
  const features = (signal: AbortSignal): Promise<Features> => {
    if (!checked) {
      const checking = preflight(api, options, log, closed.signal);
      checking.catch(() => {
        if (checked === checking) checked = undefined;
      });
      checked = checking;
    }
    return orAborted(checked, signal);
  };
  const applications = createApplications({ ...{ api, board, book, options, features, log } });

  /** All applications that a runtime may be in. Usually one. */
  const candidates = async (ref: RuntimeRef, seen: Board): Promise<string[]> => {
    const known = [parseRef(ref.externalRef)?.application, ref.slot?.application];
    const named = ref.slot ? seen.ofSlot(ref.slot.id).map(({ uuid }) => uuid) : [];
    return [...new Set([...named, ...known.filter((it) => it != null)])];
  };

  /**
   * A slot is given out again only when its last runtime is confirmed to be over. A stop of an earlier deployment would
   * end the bot of the present one.
   */
  const isPast = async ({ slot, deploymentId }: RuntimeRef) =>
    slot !== null && !(await book.isCurrent(slot.id, deploymentId));

  const observeOne = async (
    uuid: string,
    ref: RuntimeRef,
    seen: Board,
    signal: AbortSignal,
  ): Promise<Observation> => {
    // Not in the list: the list may be short. Ask for it by itself.
    const application = seen.applications.get(uuid) ?? (await api.application(uuid, signal));
    if (!application) return { state: 'gone' };
    const judged = judgeStatus(stateOf(application), seen.activeOf(application) !== undefined);
    if (judged) return judged;
    const begun = parseRef(ref.externalRef);
    const deployments = await api.deploymentsOf(uuid, signal);
    const launched = begun?.application === uuid ? since(begun, deployments) : deployments;
    if (launched.some(isActive)) return { state: 'starting' };
    const isLive = launched[0]?.status === 'finished' && (await api.isLive(uuid, signal));
    return judgeExited(launched, isLive);
  };

  const platform: CoolifyPlatform = {
    pollMs,

    async ready(signal) {
      await features(signal);
    },

    async start(spec, signal) {
      signal.throwIfAborted();
      await features(signal);
      const clear = async () => {
        const ref = { deploymentId: spec.deploymentId, externalRef: null, slot: spec.slot };
        const seen = await board.read(signal);
        if (seen.ofSlot(spec.slot.id).every((it) => looksStopped(seen, it))) return;
        log.warn({ slot_id: spec.slot.id }, 'something runs in a slot before its start; it is stopped first');
        const now = await confirmStop(platform, ref, { patienceMs: 0, signal });
        if (!isOver(now)) {
          throw new PlatformFault('transient', `what ran in ${nameOf(spec.slot)} before is not stopped yet`);
        }
      };
      const ref = await launch({ ...{ api, applications, board, book, clock, clear } }, spec, signal);
      const uuid = parseRef(ref)?.application ?? '';
      describe(uuid, `Slot ${spec.slot.number}: runs bot ${spec.botId}, deployment ${spec.deploymentId}.`);
      return ref;
    },

    // The grace time is that of the application (make-application.ts): Coolify takes none in the call.
    async requestStop(ref, _graceMs, signal) {
      if (await isPast(ref)) return;
      const seen = await board.read(signal, { fresh: true });
      try {
        for (const uuid of await candidates(ref, seen)) {
          const application = seen.applications.get(uuid) ?? (await api.application(uuid, signal));
          if (application) await stopApplication(api, uuid, looksStopped(seen, application), signal);
          describe(uuid, ref.slot ? `Slot ${ref.slot.number}: stopping or idle.` : 'Stopping or idle.');
        }
      } finally {
        board.forget();
      }
    },

    async observe(ref, signal) {
      if (await isPast(ref)) return { state: 'gone' };
      try {
        const seen = await board.read(signal);
        let last: Observation = { state: 'gone' };
        for (const uuid of await candidates(ref, seen)) {
          const observed = await observeOne(uuid, ref, seen, signal);
          if (!isOver(observed)) return observed;
          if (last.state !== 'ended') last = observed;
        }
        return last;
      } catch (error) {
        if (!(error instanceof PlatformFault)) throw error;
        return { state: 'unknown', detail: error.message };
      }
    },

    list: listRuntimes({ board, book, log }),

    check: (signal) => checkCoolify(api, options, log, signal),

    warm: (slots, signal) =>
      warmUp({ ...{ api, applications, options, features, clock, log } }, slots, signal),

    close: () => closed.abort(),
  };
  return platform;
}
