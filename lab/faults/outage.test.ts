// The control plane away for long: nobody leaves, and nothing is lost.
import { expect, it } from 'vitest';
import { faultOptionsSchema } from './options.ts';
import { runOutage } from './outage.ts';
import { TIMEOUT_MS } from './testing/short-run.ts';

it.each([
  ['postgres', false],
  ['redis', true],
] as const)(
  'API, database and queue (on %s) down for ten minutes of its time: 50 bots stay in the call, and nothing they told is lost',
  async (_name, redis) => {
    const options = { ...faultOptionsSchema.parse({}), bots: 50, seconds: 40, buffered: 2_000, redis };
    const outage = await runOutage(options, () => undefined);
    expect(outage).toMatchObject({
      bookings: 50,
      left: [],
      notDone: [],
      lost: [],
      doubled: [],
      stuck: [],
      violations: [],
    });
    expect(outage.caughtUpMs).toBeLessThan(60_000);
    expect(outage.turns.told).toBeGreaterThan(50 * 1_000);
    expect(outage.turns.arrived).toBe(outage.turns.told);
    expect(outage.bytes.told).toBeGreaterThan(50 * 500);
    expect(outage.bytes.arrived).toBe(outage.bytes.told);
  },
  TIMEOUT_MS,
);
