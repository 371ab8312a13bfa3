// Adds jobs to queues, see `JobSender`.
import type { JobsOptions } from 'bullmq';
import type { JobKind, JobSender } from '../jobs.ts';
import type { Log } from '../log.ts';
import { withTimeLimit } from '../time-limit.ts';
import type { Queues } from './queues.ts';

/** The time limit of adding a job: a user's request may be waiting for it. */
const SEND_MS = 3_000;

/** Sends hints to these queues. */
export function hintSender(queues: Queues, log: Log): JobSender {
  return {
    async send(kind, payload, { delayMs } = {}) {
      try {
        const options = jobOptions(kind, payload, delayMs);
        const data = kind.payload.parse(payload);
        await withTimeLimit(SEND_MS, async () => queues.get(kind.queue).add(kind.queue, data, options));
        return true;
      } catch (err) {
        log.warn({ queue: kind.queue, payload, err }, 'hint not delivered; the sweep will find the row');
        return false;
      }
    },

    async sendMany(kind, hints) {
      try {
        const jobs = hints.map(({ payload, delayMs }) => ({
          name: kind.queue,
          data: kind.payload.parse(payload),
          opts: jobOptions(kind, payload, delayMs),
        }));
        const [first, ...others] = jobs;
        if (!first) return true;
        await withTimeLimit<unknown>(SEND_MS, async () => {
          const queue = queues.get(kind.queue);
          // `addBulk` with one job costs twice as much as `add`.
          return others.length === 0 ? queue.add(first.name, first.data, first.opts) : queue.addBulk(jobs);
        });
        return true;
      } catch (err) {
        const count = hints.length;
        log.warn({ queue: kind.queue, count, err }, 'hints not delivered; the sweep will find the rows');
        return false;
      }
    },
  };
}

function jobOptions<P>(kind: JobKind<P>, payload: P, delayMs: number | undefined): JobsOptions {
  return {
    attempts: kind.attempts,
    backoff: { type: 'exponential', delay: kind.backoffMs, jitter: 0.5 },
    // BullMQ silently ignores a new job while a finished job with the same id is kept.
    removeOnComplete: true,
    removeOnFail: true,
    ...(delayMs === undefined ? {} : { delay: Math.max(0, Math.round(delayMs)) }),
    ...(kind.jobId ? { jobId: kind.jobId(payload) } : {}),
    ...(kind.lookAgainId ? { deduplication: { id: kind.lookAgainId(payload), keepLastIfActive: true } } : {}),
  };
}
