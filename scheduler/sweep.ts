// The loop that heals: rows whose next step is overdue get their hint again. It
// is the normal path with a longer delay, not a recovery for disasters.
import type { JobSender } from '@meeboter/chassis/jobs.ts';
import { sweepRepairs } from '@meeboter/chassis/metrics.ts';
import { withSweepLock } from '@meeboter/prisma/sql/sweep-lock.ts';
import type { SchedulerContext } from './context.ts';
import { type Repairs, SWEEP_STEPS, type SweepRound, type SweepStep } from './sweep-steps.ts';

/** A round may take this long before its lock is given up. */
const ROUND_MS = 60_000;

/** What a round repaired, by kind; kinds with nothing to repair are left out. */
export type SweepReport = Record<string, number>;

/**
 * Makes the sweep of one process. Each call is a round over every step that is due; another process
 * that is at it makes the call return null. A step that fails is logged and does not keep the others
 * from running. Throws when the round was too slow, and its turn is another process's.
 */
export function createSweep(
  context: SchedulerContext,
  steps: readonly SweepStep[] = SWEEP_STEPS,
  nowMs: () => number = () => performance.now(),
): () => Promise<SweepReport | null> {
  const ranAtMs = new Map<string, number>();
  const isDue = (step: SweepStep) => nowMs() - (ranAtMs.get(step.kind) ?? -Infinity) >= step.everyMs;
  const count = countOnce();

  return async () => {
    const report: SweepReport = {};
    const round: SweepRound = { ...context };
    const hinder = () => {
      round.hindered = true;
    };
    round.jobs = untilAway(context.jobs, hinder);
    const mine = await withSweepLock(
      context.db,
      async (stillMine) => {
        for (const step of steps.filter(isDue)) {
          await stillMine();
          ranAtMs.set(step.kind, nowMs());
          try {
            const repaired = count(step.kind, await step.run(round));
            if (repaired === 0) continue;
            report[step.kind] = repaired;
            sweepRepairs.inc({ kind: step.kind }, repaired);
          } catch (error) {
            if (step.kind === 'dispatch') hinder();
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

/** Counts a row that was asked for when it is new among those of its kind, and not again while it is. */
function countOnce(): (kind: string, repairs: Repairs) => number {
  const before = new Map<string, ReadonlySet<string>>();
  return (kind, repairs) => {
    if (typeof repairs === 'number') return repairs;
    const known = before.get(kind);
    before.set(kind, new Set(repairs));
    return repairs.filter((id) => !known?.has(id)).length;
  };
}

/** So much of a round may go into hints that are not delivered. */
const PATIENCE_MS = 2_000;

/**
 * A sender that asks no more once its hints that were not delivered have taken too long. A frozen queue takes
 * seconds to refuse: asked by every step, it would make a round so slow that what needs no queue comes late.
 * One that refuses at once costs nothing.
 */
function untilAway(jobs: JobSender, onUndelivered: () => void): JobSender {
  let leftMs = PATIENCE_MS;
  const unlessAway = async (deliver: () => Promise<boolean>) => {
    const startedAtMs = performance.now();
    if (leftMs > 0 && (await deliver())) return true;
    leftMs -= performance.now() - startedAtMs;
    onUndelivered();
    return false;
  };
  return {
    send: (kind, payload, options) => unlessAway(() => jobs.send(kind, payload, options)),
    sendMany: (kind, hints) => unlessAway(() => jobs.sendMany(kind, hints)),
  };
}
