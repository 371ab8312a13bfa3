// Closes the queue of a process within a time limit: running jobs are finished or handed back
// to the queue, then queues and connections are closed.
import { setTimeout as delay } from 'node:timers/promises';
import type { Log } from '../log.ts';
import { withTimeLimit } from '../time-limit.ts';
import type { QueueConnection } from './connection.ts';
import type { Queues } from './queues.ts';
import type { Schedules } from './schedules.ts';
import type { Workers } from './workers.ts';

/** The share of the time in which running jobs may finish. The rest is for handing back those that have not. */
const FINISH_SHARE = 0.8;
/** The time for closing the connections when all other time is used. Those to a server that does not answer never close. */
const HANG_UP_MS = 200;

interface Open {
  connection: QueueConnection;
  workers: Workers;
  schedules: Schedules;
  queues: Queues;
  log: Log;
}

/** Closes all of it within `deadlineMs`, and a little more when the server does not answer. Never throws. */
export async function shutDown(open: Open, deadlineMs: number): Promise<void> {
  const { connection, workers, schedules, queues, log } = open;
  connection.giveUp();
  schedules.stop();
  workers.inHand.abort(new Error('the process is stopping'));
  const patience = setTimeout(
    () => workers.inHand.giveUp(new Error('not finished within the grace time')),
    deadlineMs * FINISH_SHARE,
  );
  const deadline = delay(deadlineMs, undefined, { ref: false });
  await Promise.race([workers.close(), deadline]);
  clearTimeout(patience);
  await Promise.race([queues.close(), deadline]);
  await withTimeLimit(HANG_UP_MS, () => connection.close()).catch((err) =>
    log.debug({ err }, 'queue connections'),
  );
}
