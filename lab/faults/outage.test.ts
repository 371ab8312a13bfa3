// The control plane away for long: nobody leaves, and nothing is lost. With more bots in outage.long.test.ts.
import { it } from 'vitest';
import { expectOutage } from './testing/expect-outage.ts';
import { TIMEOUT_MS } from './testing/short-run.ts';

it(
  'API, database and queue away for ten minutes of their time: bots stay in the call, and nothing they told is lost',
  () => expectOutage({ bots: 10, seconds: 24, redis: true }),
  TIMEOUT_MS,
);
