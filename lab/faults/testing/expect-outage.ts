import { expect } from 'vitest';
import { faultOptionsSchema } from '../options.ts';
import { runOutage } from '../outage.ts';

/** Runs an outage of ten scaled minutes, after which each bot has 2,000 extra entries to report, and checks that nothing is lost. */
export async function expectOutage(options: {
  bots: number;
  seconds: number;
  redis: boolean;
}): Promise<void> {
  const { bots, seconds } = options;
  const outage = await runOutage(
    { ...faultOptionsSchema.parse({}), buffered: 2_000, ...options },
    () => undefined,
  );
  expect(outage).toMatchObject({
    bookings: bots,
    left: [],
    notDone: [],
    lost: [],
    doubled: [],
    stuck: [],
    violations: [],
  });
  expect(outage.caughtUpMs).toBeLessThan(60_000);
  expect(outage.turns.reported).toBeGreaterThan(bots * (1_000 + seconds / 2));
  expect(outage.turns.arrived).toBe(outage.turns.reported);
  expect(outage.bytes.reported).toBeGreaterThan(bots * seconds * 10);
  expect(outage.bytes.arrived).toBe(outage.bytes.reported);
}
