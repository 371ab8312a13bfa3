// Clocks, percentiles and closed loops.

/** The time in ms since 1970, with fractions. Comparable between processes of one machine. */
export const nowMs = (): number => performance.timeOrigin + performance.now();

/** The percentile by nearest rank; `share` is 0.5 for p50. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

export interface LoopResult {
  perSecond: number;
  /** How long each cycle took. */
  cycleMs: number[];
}

const WARM_UP_CYCLES = 5;

/**
 * Runs a closed loop: each of `clients` clients runs one cycle after another for `seconds`. Every client warms up
 * first. `onStart` is called when all have, just before the measurement begins.
 */
export async function loop(
  clients: number,
  seconds: number,
  cycle: (client: number) => Promise<unknown>,
  onStart: () => void = () => undefined,
): Promise<LoopResult> {
  const all = (client: (n: number) => Promise<void>) =>
    Promise.all(Array.from({ length: clients }, (_, n) => client(n)));
  await all(async (n) => {
    for (let done = 0; done < WARM_UP_CYCLES; done += 1) await cycle(n);
  });
  onStart();
  const cycleMs: number[] = [];
  const untilMs = performance.now() + seconds * 1_000;
  await all(async (n) => {
    for (;;) {
      const startedAtMs = performance.now();
      await cycle(n);
      const endedAtMs = performance.now();
      if (endedAtMs > untilMs) return;
      cycleMs.push(endedAtMs - startedAtMs);
    }
  });
  return { perSecond: cycleMs.length / seconds, cycleMs };
}
