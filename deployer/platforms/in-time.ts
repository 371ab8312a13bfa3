// A platform that always answers: a call that hangs would hold its job, and with
// the job's name every later hint for the same deployment, for as long as the
// process lives.
import { NoAnswerError, withTimeLimit } from '@meeboter/chassis/time-limit.ts';
import { type Platform, PlatformFault, STOP_GRACE_MS } from './platform.ts';

export interface CallLimits {
  startMs: number;
  observeMs: number;
  listMs: number;
  /** Beyond the patience and the grace that a stop was given. */
  stopMs: number;
}

const CALL_LIMITS: CallLimits = {
  startMs: 60_000,
  observeMs: 15_000,
  listMs: 30_000,
  stopMs: 30_000,
};

/**
 * The same platform, with a time limit on every call. What came of a late one is not known: a look and a
 * stop are `unknown` then, a start and a list a transient PlatformFault. The call itself is not ended, so a
 * start may still start something; it is asked for again under the same key.
 */
export function inTime(platform: Platform, limits: CallLimits = CALL_LIMITS): Platform {
  const unknown = (error: unknown) => {
    if (error instanceof NoAnswerError) return 'unknown' as const;
    throw error;
  };
  const fault = (error: unknown) => {
    if (error instanceof NoAnswerError) throw new PlatformFault('transient', error.message, { cause: error });
    throw error;
  };
  return {
    ...platform,
    start: (spec) => withTimeLimit(limits.startMs, () => platform.start(spec)).catch(fault),
    stop: (id, options) => {
      const given = options.patienceMs + (options.graceMs ?? STOP_GRACE_MS);
      return withTimeLimit(given + limits.stopMs, () => platform.stop(id, options)).catch(unknown);
    },
    observe: (id) => withTimeLimit(limits.observeMs, () => platform.observe(id)).catch(unknown),
    list: () => withTimeLimit(limits.listMs, () => platform.list()).catch(fault),
  };
}
