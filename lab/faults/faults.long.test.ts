// Fault runs with other seeds, more bots and more time, on both queues.
import { it } from 'vitest';
import { expectSound, LONG, LONG_TIMEOUT_MS } from './testing/short-run.ts';

it.each([
  ['PostgreSQL', 2, false],
  ['PostgreSQL', 3, false],
  ['Redis', 2, true],
  ['Redis', 3, true],
] as const)(
  'with the queue on %s and seed %i, a run with faults has no lost, doubled or stuck booking',
  (_name, seed, redis) => expectSound({ ...LONG, seed, redis }),
  LONG_TIMEOUT_MS,
);
