// The negative controls: they show that a fault run fails when it should.
import { expect, it } from 'vitest';
import { shortRun, TIMEOUT_MS } from './testing/short-run.ts';

it(
  'without the sweeps the same run loses bookings, with the queue on Redis',
  async () => {
    const { lost, log } = await shortRun({ redis: true, 'no-sweeps': true, 'settle-seconds': 12 });
    expect(lost.length, log).toBeGreaterThan(0);
  },
  TIMEOUT_MS,
);

it(
  'without the sweeps the same run loses bookings, with the queue on PostgreSQL',
  async () => {
    const { lost, log } = await shortRun({ 'no-sweeps': true, 'settle-seconds': 12 });
    expect(lost.length, log).toBeGreaterThan(0);
  },
  TIMEOUT_MS,
);

it(
  'without fencing the same run has doubled bots, with the queue on PostgreSQL',
  async () => {
    const { doubled, log } = await shortRun({ 'no-fencing': true, 'settle-seconds': 12 });
    expect(doubled.length, log).toBeGreaterThan(0);
  },
  TIMEOUT_MS,
);
