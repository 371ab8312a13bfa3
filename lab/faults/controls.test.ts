// The negative controls: a fault test that cannot fail proves nothing.
import { expect, it } from 'vitest';
import { shortRun, TIMEOUT_MS } from './testing/short-run.ts';

it(
  'without the sweeps the same run loses bookings',
  async () => {
    const { lost, log } = await shortRun({ redis: true, 'no-sweeps': true, 'settle-seconds': 12 });
    expect(lost.length, log).toBeGreaterThan(0);
  },
  TIMEOUT_MS,
);

it(
  'without fencing the same run doubles bots',
  async () => {
    const { doubled, log } = await shortRun({ 'no-fencing': true, 'settle-seconds': 12 });
    expect(doubled.length, log).toBeGreaterThan(0);
  },
  TIMEOUT_MS,
);
