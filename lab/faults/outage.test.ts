// The control plane is away for ten minutes (scaled): no bot leaves its call, and nothing is lost.
// outage.long.test.ts does it with more bots.
import { it } from 'vitest';
import { expectOutage } from './testing/expect-outage.ts';
import { TIMEOUT_MS } from './testing/short-run.ts';

it(
  'API, database and queue are away for ten scaled minutes: bots stay in the call, and nothing they report is lost',
  () => expectOutage({ bots: 10, seconds: 24, redis: true }),
  TIMEOUT_MS,
);
