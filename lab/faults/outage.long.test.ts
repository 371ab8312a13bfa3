// The outage with 50 bots, on both queues.
import { it } from 'vitest';
import { expectOutage } from './testing/expect-outage.ts';
import { LONG_TIMEOUT_MS } from './testing/short-run.ts';

it.each([
  ['PostgreSQL', false],
  ['Redis', true],
] as const)(
  'API, database and queue (on %s) are away for ten scaled minutes: 50 bots stay in the call, and nothing they report is lost',
  (_name, redis) => expectOutage({ bots: 50, seconds: 40, redis }),
  LONG_TIMEOUT_MS,
);
