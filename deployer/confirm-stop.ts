// Has a runtime stopped, and waits until the platform confirms it.
import { setTimeout as delay } from 'node:timers/promises';
import {
  isOver,
  type Observation,
  type Platform,
  type RuntimeRef,
  STOP_GRACE_MS,
} from './platforms/platform.ts';

/** The first pause between two observations; doubled up to the platform's `pollMs`. */
const FIRST_POLL_MS = 50;
const POLL_MS = 2_000;
/** How long the confirmation may take after the grace time. A later call goes on waiting. */
const CONFIRM_MS = 15_000;

export interface StopOptions {
  /** How long to wait for the runtime to end by itself before it is told to stop. */
  patienceMs: number;
  /** How long a runtime that was told to stop may take before it is killed. */
  graceMs?: number;
  /** Set where nobody needs the platform's word: ends the wait when it has not answered for so long. */
  unknownMs?: number;
  signal: AbortSignal;
}

/**
 * Returns the last observation: `ended` or `gone` when the platform confirms that nothing runs any more. After any
 * other the stop has to be requested again. Aborting the signal ends the wait, not the runtime. Throws PlatformFault.
 */
export async function confirmStop(
  platform: Platform,
  ref: RuntimeRef,
  { patienceMs, graceMs = STOP_GRACE_MS, unknownMs = Number.POSITIVE_INFINITY, signal }: StopOptions,
): Promise<Observation> {
  if (patienceMs > 0) await untilOver(platform, ref, patienceMs, signal);
  // Requested also for a runtime that has ended: the platform clears away what is left of it.
  if (!signal.aborted) {
    const inTime =
      unknownMs === Number.POSITIVE_INFINITY
        ? signal
        : AbortSignal.any([signal, AbortSignal.timeout(unknownMs)]);
    await platform.requestStop(ref, graceMs, inTime);
  }
  return untilOver(platform, ref, graceMs + CONFIRM_MS, signal, unknownMs);
}

async function untilOver(
  platform: Platform,
  ref: RuntimeRef,
  withinMs: number,
  signal: AbortSignal,
  unknownMs = Number.POSITIVE_INFINITY,
): Promise<Observation> {
  const endMs = performance.now() + withinMs;
  let knownAtMs = performance.now();
  for (let pauseMs = FIRST_POLL_MS; ; pauseMs = Math.min(2 * pauseMs, platform.pollMs ?? POLL_MS)) {
    const seen = await platform.observe(ref, signal);
    const leftMs = endMs - performance.now();
    if (seen.state !== 'unknown') knownAtMs = performance.now();
    const isMute = performance.now() - knownAtMs >= unknownMs;
    if (isOver(seen) || signal.aborted || leftMs <= 0 || isMute) return seen;
    await delay(Math.min(pauseMs, leftMs), undefined, { signal }).catch(() => undefined);
  }
}
