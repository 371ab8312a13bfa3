// The promise, tested end to end: the real bot in real Chromium, all servers, and the lab, which plays the meeting and
// judges the recording. meeting.long.test.ts has the other ends of a bot.
import { afterAll, beforeAll, it } from 'vitest';
import { type Lab, startLab } from '../lab/server.ts';
import { happyPath } from './support/happy-path.ts';
import { MINUTES } from './support/talk.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.close());

it(
  'joins on time, records, leaves when everybody has left, and delivers the recording',
  () => happyPath(lab, 'redis'),
  3 * MINUTES,
);
