// The pool in numbers for Prometheus, read from the rows at each scrape: every
// scheduler tells the same, so whoever adds them up takes the highest.
import {
  beforeScrape,
  botsWaiting,
  oldestWait,
  poolLimit,
  poolSlots,
  sweepAge,
} from '@meeboter/chassis/metrics.ts';
import { type PoolFigures, poolFigures } from '@meeboter/prisma/sql/pool-figures.ts';
import type { SchedulerContext } from './context.ts';

/** Has the gauges of the pool set before each scrape of this process. What it returns ends that. */
export function countPoolAtScrape({ db, log }: Pick<SchedulerContext, 'db' | 'log'>): () => void {
  return beforeScrape(async () => {
    try {
      show(await poolFigures(db));
    } catch (error) {
      // No number rather than an old one; what the process itself counts is still told.
      log.warn({ err: error }, 'the pool could not be counted');
      hide();
    }
  });
}

function show(figures: PoolFigures): void {
  hide();
  botsWaiting.set(figures.waiting);
  oldestWait.set(figures.oldest_wait_seconds);
  if (figures.sweep_age_seconds !== null) sweepAge.set(figures.sweep_age_seconds);
  for (const { platform, state, count } of figures.slots) {
    poolSlots.set({ deployment_platform: platform, state }, count);
  }
  for (const { platform, limit } of figures.limits) poolLimit.set({ deployment_platform: platform }, limit);
}

function hide(): void {
  for (const gauge of [botsWaiting, oldestWait, sweepAge]) gauge.remove();
  for (const gauge of [poolSlots, poolLimit]) gauge.reset();
}
