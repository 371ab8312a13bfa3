// The sweep: sends hints again for rows whose next step is overdue. It is the normal path with a longer delay,
// not a recovery for disasters.
import type { JobSender } from '@meeboter/chassis/jobs.ts';
import { sweepRepairs } from '@meeboter/chassis/metrics.ts';
import { withSweepLock } from '@meeboter/prisma/sql/sweep-lock.ts';
import type { SchedulerContext } from './context.ts';
import { type Repairs, SWEEP_STEPS, type SweepRound, type SweepStep } from './sweep-steps.ts';

/** Longest duration of a round; after it the round loses its lock. */
const ROUND_MS = 60_000;

/** How many rows a round repaired, by kind; kinds with none are left out. */
export type SweepReport = Record<string, number>;

/**
 * Creates the sweep of one process. Each call runs a round: every step that is due. It returns null, and does
 * nothing, when another process holds the sweep's lock. A step that fails is logged, and the others still run.
 * Throws when the round takes too long or loses its lock, since another process may sweep then.
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

/** Counts an id when its kind did not return it in the round before. */
function countOnce(): (kind: string, repairs: Repairs) => number {
  const before = new Map<string, ReadonlySet<string>>();
  return (kind, repairs) => {
    if (typeof repairs === 'number') return repairs;
    const known = before.get(kind);
    before.set(kind, new Set(repairs));
    return repairs.filter((id) => !known?.has(id)).length;
  };
}

/** How much time of a round may be spent on hints that are not delivered. */
const UNDELIVERED_BUDGET_MS = 2_000;

/**
 * A sender that stops sending once hints that were not delivered have used up their time. A frozen queue fails
 * only after seconds; if every step waited for it, the steps that need no queue would run late. A queue that
 * fails at once costs no time and is tried by each step.
 */
function untilAway(jobs: JobSender, onUndelivered: () => void): JobSender {
  let leftMs = UNDELIVERED_BUDGET_MS;
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
