// The catalog's shape: what a job is, and the two things one can do with it.
// Every job of Meeboter is declared with `defineJob` in some worker's inbox.ts;
// no queue name stands anywhere else.
//
// Jobs are hints. A payload holds ids only; a handler re-reads its row under a
// guard; running a job twice, late, or not at all loses nothing (the sweep).
import type { Queue } from 'bullmq';
import type { z } from 'zod';

/** Jobs whose payload no longer parses are set aside here (chassis/parked.ts); nobody works this queue off. */
export const PARKED_QUEUE = 'parked';

export interface JobKind<P> {
  readonly queue: string;
  readonly payload: z.ZodType<P>;
  /** Two jobs with one id are one job while the first waits or runs. No colons, not all digits. */
  readonly jobId?: (payload: P) => string;
  /**
   * "Look again" jobs: while one runs, at most one more is kept. Simple deduplication would lose
   * the wake-up that arrives while the handler is past its look.
   */
  readonly lookAgainId?: (payload: P) => string;
  /** Tries in all, with exponential backoff from `backoffMs`. */
  readonly attempts: number;
  readonly backoffMs: number;
  /** Handlers of this kind that one process runs at once. */
  readonly concurrency: number;
}

/** Declares a job. */
export function defineJob<P>(kind: JobKind<P>): JobKind<P> {
  return kind;
}

/** Whoever may ask for work. */
export interface JobSender {
  /**
   * Leaves a hint. Never throws, and never waits for an absent queue, or long for a frozen one: what
   * was not delivered is logged, and the sweep finds the row. Returns whether the hint was delivered;
   * one to a frozen queue may be later.
   */
  send<P>(kind: JobKind<P>, payload: P, options?: { delayMs?: number }): Promise<boolean>;
  /** The same for many of one kind, in one call: all are delivered, or none counts as delivered. */
  sendMany<P>(kind: JobKind<P>, hints: readonly { payload: P; delayMs?: number }[]): Promise<boolean>;
}

export interface JobContext {
  /** 1 for the first try. */
  tryNumber: number;
  lastTry: boolean;
  /** Aborted when the process stops or the job's lock is lost. */
  signal: AbortSignal;
}

export type JobHandler<P> = (payload: P, context: JobContext) => Promise<void>;

/** The queue backend, as `chassis/queue.ts` opens it. */
export interface JobBackend extends JobSender {
  /** Which server carries the jobs. */
  readonly kind: 'redis' | 'postgres';
  /** Starts to handle jobs of a kind. */
  work<P>(kind: JobKind<P>, handler: JobHandler<P>): void;
  /**
   * Repeats a job. One schedule per kind however many processes ask. The schedule itself lives in
   * the queue, so it is asked for again every few seconds: an emptied queue gets it back.
   */
  repeat<P>(kind: JobKind<P>, payload: P, everyMs: number): void;
  /** The queues of these names, for a board that shows them; to be asked for once. */
  board(queues: readonly string[]): Queue[];
  /** When a job of any kind was last handled here, ms since 1970; null before the first. */
  lastHandledAt(): number | null;
  /** Throws when the backend does not answer. */
  ping(): Promise<void>;
  /** Waits for running handlers up to the deadline, then gives their jobs back by closing anyway. */
  close(deadlineMs: number): Promise<void>;
}
