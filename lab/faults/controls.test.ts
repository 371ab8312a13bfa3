// The negative controls: they show that a fault run fails when it should.
import { expect, it } from 'vitest';
import { shortRun, TIMEOUT_MS } from './testing/short-run.ts';

it(
  'without fencing the same run has doubled bots',
  async () => {
    const { doubled, log } = await shortRun({ 'no-fencing': true, 'settle-seconds': 12 });
    expect(doubled.length, log).toBeGreaterThan(0);
  },
  TIMEOUT_MS,
);
