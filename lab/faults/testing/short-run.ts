// The fault run of the test suite: the same as `npm run faults`, smaller.
import { expect } from 'vitest';
import { type FaultOptions, faultOptionsSchema } from '../options.ts';
import { type FaultRun, runFaults } from '../run.ts';

export const TIMEOUT_MS = 180_000;
export const SHORT = { bots: 40, seconds: 12, seed: 1 } as const;
export const LONG_TIMEOUT_MS = 300_000;
export const LONG = { bots: 100, seconds: 45 } as const;

/** A run; what is wrong with it goes into the message of the assertion that fails. */
export async function shortRun(options: Partial<FaultOptions>): Promise<FaultRun & { log: string }> {
  const said: string[] = [];
  const outcome = await runFaults({ ...faultOptionsSchema.parse({}), ...SHORT, ...options }, (line) =>
    said.push(line),
  );
  return { ...outcome, log: [...said, ...outcome.faults, outcome.story].join('\n') };
}

/** A run that loses nothing, doubles nothing and leaves nothing behind. */
export async function expectSound(options: Partial<FaultOptions>): Promise<void> {
  const { bookings, lost, doubled, stuck, violations, log } = await shortRun(options);
  const sound = { lost: [], doubled: [], stuck: [], violations: [] };
  expect({ lost, doubled, stuck, violations }, log).toEqual(sound);
  expect(bookings).toBe(options.bots ?? SHORT.bots);
}
