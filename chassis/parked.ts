// Where a job goes whose payload no longer parses: into a queue of its own, which
// nobody works off, to be looked at. It is not retried for ever, and not lost.
import type { Job, Queue } from 'bullmq';
import type { z } from 'zod';

/** At most this many are kept; the oldest go first. */
const KEPT_AT_MOST = 1_000;
/** A payload whose JSON is longer is kept as text, cut here. */
const PAYLOAD_MAX_CHARS = 10_000;
const ISSUES_AT_MOST = 20;

/** What is kept of a parked job. */
export interface ParkedJob {
  queue: string;
  job_id: string;
  name: string;
  payload: unknown;
  /** True: the payload was too long, and is the beginning of its JSON. */
  payload_cut: boolean;
  issues: { path: string; message: string }[];
  parked_at: string;
}

export type ParkedQueue = Pick<Queue, 'add' | 'getJobs'>;

/**
 * Puts a job aside. Parking the same job twice (its worker died in between) keeps it once. Throws
 * when the queue does not take it.
 */
export async function parkJob(
  parked: ParkedQueue,
  queue: string,
  job: Job,
  issues: readonly z.core.$ZodIssue[],
): Promise<void> {
  const json = JSON.stringify(job.data) ?? '';
  const isLong = json.length > PAYLOAD_MAX_CHARS;
  const data: ParkedJob = {
    queue,
    job_id: job.id ?? '',
    name: job.name,
    payload: isLong ? json.slice(0, PAYLOAD_MAX_CHARS).toWellFormed() : job.data,
    payload_cut: isLong,
    issues: issues
      .slice(0, ISSUES_AT_MOST)
      .map((issue) => ({ path: issue.path.map(String).join('.').slice(0, 200), message: issue.message })),
    parked_at: new Date().toISOString(),
  };
  // The time it was made tells it from a later job of the same id.
  const jobId = `${queue}-${job.id}-${job.timestamp}`.replaceAll(':', '-');
  await parked.add(queue, data, { jobId, removeOnComplete: true, removeOnFail: true });
}

/** Removes the oldest parked jobs beyond the number that is kept. */
export async function trimParked(parked: ParkedQueue, keptAtMost = KEPT_AT_MOST): Promise<void> {
  // Newest first: both backends agree on this order, but not on the other one.
  for (const job of await parked.getJobs('wait', keptAtMost, -1, false)) await job?.remove();
}
