// Jobs that are repeated. The schedule lives in the queue, which may lose it.
import type { JobKind } from '../jobs.ts';
import type { Log } from '../log.ts';
import type { Queues } from './queues.ts';

/** How often a schedule is set again, so that a queue that was emptied gets it back. */
const SET_AGAIN_MS = 5_000;

export class Schedules {
  readonly #queues: Queues;
  readonly #log: Log;
  readonly #timers: NodeJS.Timeout[] = [];

  constructor(queues: Queues, log: Log) {
    this.#queues = queues;
    this.#log = log;
  }

  /** Repeats a job. Any number of processes may ask for the same schedule. */
  start<P>(kind: JobKind<P>, payload: P, everyMs: number): void {
    const set = async () => {
      try {
        await this.#queues
          .get(kind.queue)
          .upsertJobScheduler(
            kind.queue,
            { every: everyMs },
            { name: kind.queue, data: payload, opts: { removeOnComplete: true, removeOnFail: true } },
          );
      } catch (err) {
        this.#log.warn({ queue: kind.queue, err }, 'schedule not set; trying again');
      }
    };
    void set();
    this.#timers.push(setInterval(() => void set(), SET_AGAIN_MS));
  }

  stop(): void {
    for (const timer of this.#timers) clearInterval(timer);
  }
}
