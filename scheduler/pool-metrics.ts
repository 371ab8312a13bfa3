// The pool's gauges for Prometheus, read from the database at each scrape. Every scheduler exports the same
// values, so aggregate them with max, not with sum.
import {
  beforeScrape,
  botsWaiting,
  launchesWaiting,
  oldestLaunch,
  oldestWait,
  platformBreaker,
  poolLimit,
  poolSlots,
  sweepAge,
} from '@meeboter/chassis/metrics.ts';
import { BREAKER_STATES, type PoolFigures, poolFigures } from '@meeboter/prisma/sql/pool-figures.ts';
import type { SchedulerContext } from './context.ts';

/** Sets the gauges of the pool before each scrape of this process. Returns a function that ends this. */
export function countPoolAtScrape({ db, log }: Pick<SchedulerContext, 'db' | 'log'>): () => void {
  return beforeScrape(async () => {
    try {
      show(await poolFigures(db));
    } catch (error) {
      // Export no value rather than an old one. The scrape still has the process's other metrics.
      log.warn({ err: error }, 'reading the pool figures failed, exporting none');
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
  for (const breaker of figures.breakers) {
    for (const state of BREAKER_STATES) {
      platformBreaker.set({ deployment_platform: breaker.platform, state }, breaker.state === state ? 1 : 0);
    }
  }
  for (const { platform, waiting, oldest_seconds } of figures.launches) {
    launchesWaiting.set({ deployment_platform: platform }, waiting);
    oldestLaunch.set({ deployment_platform: platform }, oldest_seconds);
  }
}

function hide(): void {
  for (const gauge of [botsWaiting, oldestWait, sweepAge]) gauge.remove();
  for (const gauge of [poolSlots, poolLimit, platformBreaker, launchesWaiting, oldestLaunch]) gauge.reset();
}
