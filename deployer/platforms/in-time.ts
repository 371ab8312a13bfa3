// Adds time limits to the calls of a platform. A call that hangs would keep its job running, and
// with the job's id block every later hint for the same deployment, until the process ends.
import { NoAnswerError, withTimeLimit } from '@meeboter/chassis/time-limit.ts';
import { type Platform, PlatformFault } from './platform.ts';

export interface CallLimits {
  startMs: number;
  stopMs: number;
  observeMs: number;
  listMs: number;
}

const CALL_LIMITS: CallLimits = {
  startMs: 60_000,
  stopMs: 30_000,
  observeMs: 15_000,
  listMs: 30_000,
};

/**
 * The same platform with a time limit on every call. A call that is late is aborted, and its outcome is not known:
 * `observe` returns `unknown`, the others throw a transient PlatformFault. Also for a platform that ignores the signal.
 */
export function inTime(platform: Platform, limits: CallLimits = CALL_LIMITS): Platform {
  const limited = async <T>(
    ms: number,
    signal: AbortSignal,
    call: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> => {
    const late = new AbortController();
    try {
      return await withTimeLimit(ms, () => settled(call(AbortSignal.any([signal, late.signal])), signal));
    } catch (error) {
      if (!(error instanceof NoAnswerError)) throw error;
      late.abort(error);
      throw new PlatformFault('transient', error.message, { cause: error });
    }
  };
  return {
    ...platform,
    start: (spec, signal) => limited(limits.startMs, signal, (both) => platform.start(spec, both)),
    requestStop: (ref, graceMs, signal) =>
      limited(limits.stopMs, signal, (both) => platform.requestStop(ref, graceMs, both)),
    observe: (ref, signal) =>
      limited(limits.observeMs, signal, (both) => platform.observe(ref, both)).catch((error: unknown) => {
        if (error instanceof PlatformFault) return { state: 'unknown' as const, detail: error.message };
        throw error;
      }),
    list: (signal) => limited(limits.listMs, signal, (both) => platform.list(both)),
  };
}

/** The call's result, or the signal's reason as soon as it aborts: a platform may ignore its signal. */
async function settled<T>(call: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const abort = () => reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  if (signal.aborted) abort();
  try {
    return await Promise.race([call, promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
