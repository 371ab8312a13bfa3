// The loop that heals: rows whose next step is overdue get their hint again. It
// is the normal path with a longer delay, not a recovery for disasters.
import { sweepRepairs } from '@meeboter/chassis/metrics.ts';
import { withSweepLock } from '@meeboter/prisma/sql/sweep-lock.ts';
import type { SchedulerContext } from './context.ts';
import { SWEEP_STEPS, type SweepStep } from './sweep-steps.ts';

/** A round may take this long before its lock is given up. */
const ROUND_MS = 60_000;

/** What a round repaired, by kind; kinds with nothing to repair are left out. */
export type SweepReport = Record<string, number>;

/**
 * Makes the sweep of one process. Each call is a round over every step that is due; another process
 * that is at it makes the call return null. A step that fails is logged and does not keep the others
 * from running.
 */
export function createSweep(
  context: SchedulerContext,
  steps: readonly SweepStep[] = SWEEP_STEPS,
  nowMs: () => number = () => performance.now(),
): () => Promise<SweepReport | null> {
  const ranAtMs = new Map<string, number>();
  const isDue = (step: SweepStep) => nowMs() - (ranAtMs.get(step.kind) ?? -Infinity) >= step.everyMs;

  return async () => {
    const report: SweepReport = {};
    const mine = await withSweepLock(
      context.db,
      async () => {
        for (const step of steps.filter(isDue)) {
          ranAtMs.set(step.kind, nowMs());
          try {
            const repaired = await step.run(context);
            if (repaired === 0) continue;
            report[step.kind] = repaired;
            sweepRepairs.inc({ kind: step.kind }, repaired);
          } catch (error) {
            context.log.warn({ step: step.kind, err: error }, 'a step of the sweep failed');
          }
        }
      },
      { timeoutMs: ROUND_MS },
    );
    if (!mine) return null;
    if (Object.keys(report).length > 0) context.log.info({ repaired: report }, 'sweep');
    return report;
  };
}
