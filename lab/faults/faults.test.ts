// Short fault runs. docs/faults.md says how to run longer ones; controls.test.ts
// shows that they can fail.
import { describe, expect, it } from 'vitest';
import { readOptions } from './options.ts';
import { SHORT, shortRun, TIMEOUT_MS } from './testing/short-run.ts';

describe.each([
  ['postgres', false],
  ['redis', true],
] as const)('with the queue on %s', (_name, redis) => {
  it(
    'a run of faults loses, doubles and strands no booking',
    async () => {
      const { bookings, lost, doubled, stuck, violations, log } = await shortRun({ redis });
      expect({ lost, doubled, stuck, violations }, log).toEqual({
        lost: [],
        doubled: [],
        stuck: [],
        violations: [],
      });
      expect(bookings).toBe(SHORT.bots);
    },
    TIMEOUT_MS,
  );
});

describe('the command line', () => {
  it('is read with its defaults', () => {
    expect(readOptions(['--bots', '20', '--redis'])).toMatchObject({ bots: 20, seconds: 120, redis: true });
  });
  it('says everything that is wrong with it', () => {
    expect(() => readOptions(['--bots', '0', '--seed', 'x'])).toThrow(/--bots: .*\n--seed: /);
    expect(() => readOptions(['--boats', '1'])).toThrow(/--boats/);
  });
});
