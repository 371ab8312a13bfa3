// Adds time limits to the calls of a platform. A call that hangs would keep its job running, and
// with the job's id block every later hint for the same deployment, until the process ends.
import { NoAnswerError, withTimeLimit } from '@meeboter/chassis/time-limit.ts';
import { type Platform, PlatformFault, STOP_GRACE_MS } from './platform.ts';

export interface CallLimits {
  startMs: number;
  observeMs: number;
  listMs: number;
  /** In addition to `patienceMs` and `graceMs` of the stop. */
  stopMs: number;
}

const CALL_LIMITS: CallLimits = {
  startMs: 60_000,
  observeMs: 15_000,
  listMs: 30_000,
  stopMs: 30_000,
};

/**
 * The same platform with a time limit on every call. When a call is late its outcome is not known: `observe` and
 * `stop` return `unknown`, `start` and `list` throw a transient PlatformFault. The call itself is not cancelled, so
 * a start may still take effect; it is repeated with the same idempotency key.
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
