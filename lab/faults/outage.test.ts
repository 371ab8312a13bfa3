// The control plane away for long: nobody leaves, and nothing is lost.
import { expect, it } from 'vitest';
import { faultOptionsSchema } from './options.ts';
import { runOutage } from './outage.ts';
import { TIMEOUT_MS } from './testing/short-run.ts';

it(
  'API, database and queue down for ten minutes of its time: 50 bots stay in the call, and nothing they told is lost',
  async () => {
    const outage = await runOutage(
      { ...faultOptionsSchema.parse({}), bots: 50, redis: true },
      () => undefined,
    );
    expect(outage).toMatchObject({
      bookings: 50,
      left: [],
      notDone: [],
      lost: [],
      doubled: [],
      stuck: [],
      violations: [],
    });
    expect(outage.turns.told).toBeGreaterThan(50 * 40);
    expect(outage.turns.arrived).toBe(outage.turns.told);
    expect(outage.bytes.told).toBeGreaterThan(50 * 500);
    expect(outage.bytes.arrived).toBe(outage.bytes.told);
  },
  TIMEOUT_MS,
);
