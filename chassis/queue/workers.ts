// Takes jobs from the queues and calls their handlers.
import { type Processor, WaitingError, type Worker } from 'bullmq';
import type { JobHandler, JobKind } from '../jobs.ts';
import type { Log } from '../log.ts';
import { JobsInHand } from './jobs-in-hand.ts';
import { park } from './parking.ts';
import type { Queues } from './queues.ts';
import type { QueueServer } from './server.ts';

/** A worker that could not be opened is opened again after this time. */
const OPEN_AGAIN_MS = 1_000;

export class Workers {
  readonly inHand = new JobsInHand();
  readonly #queues: Queues;
  readonly #log: Log;
  readonly #workers = new Set<Worker>();
  #lastHandledAt: number | null = null;

  constructor(queues: Queues, log: Log) {
    this.#queues = queues;
    this.#log = log;
  }

  /** When a job last ended here, whether it succeeded or failed, ms since 1970; null before the first. */
  get lastHandledAt(): number | null {
    return this.#lastHandledAt;
  }

  /** Starts to handle the jobs of a kind. */
  start<P>(server: QueueServer, kind: JobKind<P>, handler: JobHandler<P>): void {
    if (this.inHand.stopping) return;
    const worker = server.worker(kind.queue, this.#processor(kind, handler), kind.concurrency);
    // Without a listener an `error` event would end the process.
    worker.on('error', (err) => this.#log.debug({ queue: kind.queue, err }, 'worker connection'));
    worker.on('failed', (job, err) => {
      this.#log.warn({ queue: kind.queue, job: job?.id, try: job?.attemptsMade, err }, 'job failed');
    });
    this.#workers.add(worker);
    // BullMQ never retries to open a worker. Without this the process would run and handle no jobs.
    worker.waitUntilReady().catch((err) => {
      if (this.inHand.stopping) return;
      this.#log.warn({ queue: kind.queue, err }, 'worker not opened; trying again');
      this.#workers.delete(worker);
      worker.close().catch(() => undefined);
      setTimeout(() => this.start(server, kind, handler), OPEN_AGAIN_MS);
    });
  }

  /** Takes no more jobs, and waits for those in hand. */
  async close(): Promise<void> {
    await Promise.allSettled([...this.#workers].map((worker) => worker.close()));
  }

  #processor<P>(kind: JobKind<P>, handler: JobHandler<P>): Processor {
    return async (job, token, lockLost) => {
      const parsed = kind.payload.safeParse(job.data);
      if (!parsed.success) {
        const context = { queues: this.#queues, log: this.#log };
        return park(context, kind.queue, job, parsed.error.issues);
      }
      const tryNumber = job.attemptsMade + 1;
      const lastTry = tryNumber >= kind.attempts;
      try {
        await this.inHand.run((signal) => handler(parsed.data, { tryNumber, lastTry, signal }), lockLost);
      } catch (error) {
        if (!this.inHand.stopping) throw error;
        // Handed back: another process takes it at once, and this try does not count.
        await job.moveToWait(token);
        throw new WaitingError();
      } finally {
        this.#lastHandledAt = Date.now();
      }
    };
  }
}
