// A short fault run. docs/faults.md says how to run longer ones; faults.long.test.ts has some, and
// controls.test.ts shows that they can fail.
import { describe, expect, it } from 'vitest';
import { readOptions } from './options.ts';
import { expectSound, TIMEOUT_MS } from './testing/short-run.ts';

it('a run of faults loses, doubles and strands no booking', () => expectSound({ redis: true }), TIMEOUT_MS);

describe('the command line', () => {
  it('is read with its defaults', () => {
    expect(readOptions(['--bots', '20', '--redis'])).toMatchObject({ bots: 20, seconds: 120, redis: true });
  });
  it('says everything that is wrong with it', () => {
    expect(() => readOptions(['--bots', '0', '--seed', 'x'])).toThrow(/--bots: .*\n--seed: /);
    expect(() => readOptions(['--boats', '1'])).toThrow(/--boats/);
  });
});
