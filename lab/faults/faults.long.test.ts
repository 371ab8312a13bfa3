// Fault runs with other seeds (docs/faults.md says how to run more), more bots and more time, on both queues.
import { it } from 'vitest';
import { expectSound, LONG, LONG_TIMEOUT_MS } from './testing/short-run.ts';

it.each([
  ['PostgreSQL', 2, false],
  ['Redis', 3, true],
] as const)(
  'with the queue on %s and seed %i, a run with faults has no lost, doubled or stuck booking',
  (_name, seed, redis) => expectSound({ ...LONG, seed, redis }),
  LONG_TIMEOUT_MS,
);
