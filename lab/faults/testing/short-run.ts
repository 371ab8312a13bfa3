// The fault run of the test suite: the same as `npm run faults`, but smaller.
import { expect } from 'vitest';
import { type FaultOptions, faultOptionsSchema } from '../options.ts';
import { type FaultRun, runFaults } from '../run.ts';

export const TIMEOUT_MS = 180_000;
const SHORT = { bots: 40, seconds: 12, seed: 1 } as const;
export const LONG_TIMEOUT_MS = 300_000;
export const LONG = { bots: 100, seconds: 45 } as const;

/** Runs it. `log` is for the message of a failing assertion. */
export async function shortRun(options: Partial<FaultOptions>): Promise<FaultRun & { log: string }> {
  const lines: string[] = [];
  const outcome = await runFaults({ ...faultOptionsSchema.parse({}), ...SHORT, ...options }, (line) =>
    lines.push(line),
  );
  return { ...outcome, log: [...lines, ...outcome.faults, outcome.history].join('\n') };
}

/** Runs it, and fails unless no booking is lost, doubled or stuck and no invariant is violated. */
export async function expectSound(options: Partial<FaultOptions>): Promise<void> {
  const { bookings, lost, doubled, stuck, violations, log } = await shortRun(options);
  const sound = { lost: [], doubled: [], stuck: [], violations: [] };
  expect({ lost, doubled, stuck, violations }, log).toEqual(sound);
  expect(bookings).toBe(options.bots ?? SHORT.bots);
}
