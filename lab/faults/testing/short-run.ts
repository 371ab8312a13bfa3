// The fault run of the test suite: the same as `npm run faults`, smaller.
import { type FaultOptions, faultOptionsSchema } from '../options.ts';
import { type FaultRun, runFaults } from '../run.ts';

export const TIMEOUT_MS = 180_000;
export const SHORT = { bots: 40, seconds: 12, seed: 1 } as const;

/** A run; what is wrong with it goes into the message of the assertion that fails. */
export async function shortRun(options: Partial<FaultOptions>): Promise<FaultRun & { log: string }> {
  const said: string[] = [];
  const outcome = await runFaults({ ...faultOptionsSchema.parse({}), ...SHORT, ...options }, (line) =>
    said.push(line),
  );
  return { ...outcome, log: [...said, ...outcome.faults, outcome.story].join('\n') };
}
