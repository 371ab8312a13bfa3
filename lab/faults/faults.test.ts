// A short fault run. faults.long.test.ts has longer ones, docs/faults.md says how to run others, and
// controls.long.test.ts shows that they can fail.
import { describe, expect, it } from 'vitest';
import { readOptions } from './options.ts';
import { expectSound, TIMEOUT_MS } from './testing/short-run.ts';

it('a run with faults has no lost, doubled or stuck booking', () => expectSound({ redis: true }), TIMEOUT_MS);

describe('the command line', () => {
  it('is read with its defaults', () => {
    expect(readOptions(['--bots', '20', '--redis'])).toMatchObject({ bots: 20, seconds: 120, redis: true });
  });
  it('is refused with every error in it', () => {
    expect(() => readOptions(['--bots', '0', '--seed', 'x'])).toThrow(/--bots: .*\n--seed: /);
    expect(() => readOptions(['--boats', '1'])).toThrow(/--boats/);
  });
});
