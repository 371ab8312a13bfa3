// The jobs that this process is handling, so that a stop can end them. Each job has a promise
// and a signal of its own, which are dropped when it ends. A promise or signal that lives as long
// as the process and that every job waits on keeps memory of each job: 313 bytes for a
// `Promise.race`, 1,200 for a listener on `AbortSignal.any` (measured).

interface JobInHand {
  abort(reason: Error): void;
  giveUp(reason: Error): void;
}

export class JobsInHand {
  readonly #jobs = new Set<JobInHand>();
  #abortReason: Error | undefined;
  #giveUpReason: Error | undefined;

  /** True once `abort` was called. */
  get stopping(): boolean {
    return this.#abortReason !== undefined;
  }

  /** How many jobs are being handled. */
  get size(): number {
    return this.#jobs.size;
  }

  /**
   * Handles one job. The signal that `handle` gets is aborted by `abort` and by `lost`. Rejects with what
   * `handle` rejects with, or with the reason of `giveUp` while `handle` still runs.
   */
  async run(handle: (signal: AbortSignal) => Promise<void>, lost?: AbortSignal): Promise<void> {
    const aborted = new AbortController();
    const givenUp = Promise.withResolvers<never>();
    const onLost = () => aborted.abort(lost?.reason);
    const job: JobInHand = { abort: (reason) => aborted.abort(reason), giveUp: givenUp.reject };
    this.#jobs.add(job);
    lost?.addEventListener('abort', onLost, { once: true });
    if (lost?.aborted) onLost();
    if (this.#abortReason) job.abort(this.#abortReason);
    if (this.#giveUpReason) job.giveUp(this.#giveUpReason);
    try {
      await Promise.race([handle(aborted.signal), givenUp.promise]);
    } finally {
      this.#jobs.delete(job);
      lost?.removeEventListener('abort', onLost);
    }
  }

  /** Aborts the signals of all jobs, also of those that begin later. */
  abort(reason: Error): void {
    this.#abortReason = reason;
    for (const job of this.#jobs) job.abort(reason);
  }

  /** Ends the wait for all jobs, also for those that begin later. Their handlers may still run. */
  giveUp(reason: Error): void {
    this.#giveUpReason = reason;
    for (const job of this.#jobs) job.giveUp(reason);
  }
}
