// What a job is, and the interfaces to send and to handle jobs. Every job is declared with
// `defineJob` in the inbox.ts of a worker program; queue names are written nowhere else.
//
// Jobs are hints. A payload holds ids only, and a handler reads its row again under a guard.
// A job may run twice, late or never without a loss: the sweep finds the rows whose next step is overdue.
import type { Queue } from 'bullmq';
import type { z } from 'zod';

/** Holds jobs whose payload no longer parses (chassis/queue/parking.ts). No worker handles this queue. */
export const PARKED_QUEUE = 'parked';

export interface JobKind<P> {
  readonly queue: string;
  readonly payload: z.ZodType<P>;
  /** A job is not added while another one with its id waits or runs. BullMQ allows no colon in it, and not only digits. */
  readonly jobId?: (payload: P) => string;
  /**
   * The deduplication id of a job that only says "something changed, look again". While one runs, at most one
   * more is kept (BullMQ's `keepLastIfActive`). Simple deduplication would lose a change that happens after the
   * running handler has looked.
   */
  readonly lookAgainId?: (payload: P) => string;
  /** How many times a job is tried in all, with an exponential backoff that begins with `backoffMs`. */
  readonly attempts: number;
  readonly backoffMs: number;
  /** How many jobs of this kind one process handles at the same time. */
  readonly concurrency: number;
}

/** Declares a job. */
export function defineJob<P>(kind: JobKind<P>): JobKind<P> {
  return kind;
}

/** For code that requests work. */
export interface JobSender {
  /**
   * Adds a job. Never throws. Fails at once when the queue's server is away, and within 3 s when it does not
   * answer: the failure is logged, and the sweep finds the row. Returns whether the job was added; one sent to a
   * server that does not answer may still be added later.
   */
  send<P>(kind: JobKind<P>, payload: P, options?: { delayMs?: number }): Promise<boolean>;
  /** Adds many jobs of one kind in one call. Returns true when all were added, otherwise false. */
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

/** The job queue of a process. `openQueue` in chassis/queue.ts opens it. */
export interface JobBackend extends JobSender {
  /** The server that stores the jobs. */
  readonly kind: 'redis' | 'postgres';
  /** Starts to handle jobs of a kind. */
  work<P>(kind: JobKind<P>, handler: JobHandler<P>): void;
  /**
   * Repeats a job. There is one schedule per kind, however many processes ask for it. The queue stores the
   * schedule, so it is set again every few seconds, in case the queue was emptied.
   */
  repeat<P>(kind: JobKind<P>, payload: P, everyMs: number): void;
  /** The queues of these names, for a board that shows them. Call it once. Throws before the server was reached. */
  board(queues: readonly string[]): Queue[];
  /** When a job of any kind last ended in this process, whether it succeeded or failed, ms since 1970; null before the first. */
  lastHandledAt(): number | null;
  /** Throws when the server does not answer. */
  ping(): Promise<void>;
  /** Waits for running handlers until most of the time is over, then hands their jobs back to the queue, and closes. */
  close(deadlineMs: number): Promise<void>;
}
