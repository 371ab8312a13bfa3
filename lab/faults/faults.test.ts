// Short fault runs, and the negative controls: a fault test that cannot fail
// proves nothing. docs/faults.md says how to run longer ones.
import { describe, expect, it } from 'vitest';
import { type FaultOptions, faultOptionsSchema, readOptions } from './options.ts';
import { runOutage } from './outage.ts';
import { type FaultRun, runFaults } from './run.ts';

const TIMEOUT_MS = 180_000;
const SHORT: Partial<FaultOptions> = { bots: 40, seconds: 12, seed: 1 };

/** A run; what is wrong with it goes into the message of the assertion that fails. */
async function run(options: Partial<FaultOptions>): Promise<FaultRun & { log: string }> {
  const said: string[] = [];
  const outcome = await runFaults({ ...faultOptionsSchema.parse({}), ...SHORT, ...options }, (line) =>
    said.push(line),
  );
  return { ...outcome, log: [...said, ...outcome.faults, outcome.story].join('\n') };
}

describe.each([
  ['postgres', false],
  ['redis', true],
] as const)('with the queue on %s', (_name, redis) => {
  it(
    'a run of faults loses, doubles and strands no booking',
    async () => {
      const { bookings, lost, doubled, stuck, violations, log } = await run({ redis });
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

  it(
    'negative control: without the sweeps the same run loses bookings',
    async () => {
      const { lost, log } = await run({ redis, 'no-sweeps': true, 'settle-seconds': 12 });
      expect(lost.length, log).toBeGreaterThan(0);
    },
    TIMEOUT_MS,
  );
});

it(
  'negative control: without fencing the same run doubles bots',
  async () => {
    const { doubled, log } = await run({ 'no-fencing': true, 'settle-seconds': 12 });
    expect(doubled.length, log).toBeGreaterThan(0);
  },
  TIMEOUT_MS,
);

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
    expect(outage.turns.told).toBeGreaterThan(50 * 20);
    expect(outage.turns.arrived).toBe(outage.turns.told);
    expect(outage.bytes.told).toBeGreaterThan(50 * 500);
    expect(outage.bytes.arrived).toBe(outage.bytes.told);
  },
  TIMEOUT_MS,
);

describe('the command line', () => {
  it('is read with its defaults', () => {
    expect(readOptions(['--bots', '20', '--redis'])).toMatchObject({ bots: 20, seconds: 120, redis: true });
  });
  it('says everything that is wrong with it', () => {
    expect(() => readOptions(['--bots', '0', '--seed', 'x'])).toThrow(/--bots: .*\n--seed: /);
    expect(() => readOptions(['--boats', '1'])).toThrow(/--boats/);
  });
});
