// A job whose payload no longer parses is moved to a queue that no worker handles, where an
// operator can look at it. It is neither retried for ever nor lost.
import type { Job, Queue } from 'bullmq';
import type { z } from 'zod';
import { PARKED_QUEUE } from '../jobs.ts';
import type { Log } from '../log.ts';
import { queueParked } from '../metrics.ts';
import type { Queues } from './queues.ts';

/** At most this many are kept; the oldest go first. */
const KEPT_AT_MOST = 1_000;
/** A payload whose JSON is longer is kept as text, cut off here. */
const PAYLOAD_MAX_CHARS = 10_000;
const ISSUES_AT_MOST = 20;
/** A job that could not be parked is tried again after this time. */
const PARK_AGAIN_MS = 1_000;

/** What is kept of a parked job. */
export interface ParkedJob {
  queue: string;
  job_id: string;
  name: string;
  payload: unknown;
  /** True: the payload was too long, and `payload` is the beginning of its JSON. */
  payload_cut: boolean;
  issues: { path: string; message: string }[];
  parked_at: string;
}

type ParkedQueue = Pick<Queue, 'add' | 'getJobs'>;

/**
 * Parks a job, counts it and logs it. Throws when that fails, after having set the job so that BullMQ tries
 * it again, however few tries its kind allows: a job that is neither handled nor parked would be lost.
 */
export async function park(
  { queues, log }: { queues: Queues; log: Log },
  queue: string,
  job: Job,
  issues: readonly z.core.$ZodIssue[],
): Promise<void> {
  const parked = queues.get(PARKED_QUEUE);
  try {
    await addParked(parked, queue, job, issues);
  } catch (cause) {
    job.opts.attempts = job.attemptsMade + 2;
    job.opts.backoff = { type: 'fixed', delay: PARK_AGAIN_MS };
    throw new Error('the payload does not parse, and the job could not be parked', { cause });
  }
  queueParked.inc({ queue });
  log.error({ queue, job: job.id, issues: issues.slice(0, 5) }, 'job payload does not parse: parked');
  await trimParked(parked).catch((err) => log.warn({ err }, 'parked jobs not trimmed'));
}

/** Adds a job to the parked ones. A job that is parked twice, because its worker died in between, is kept once. */
async function addParked(
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
  // Contains the time at which the job was added: a later job with the same id is a different one.
  const jobId = `${queue}-${job.id}-${job.timestamp}`.replaceAll(':', '-');
  await parked.add(queue, data, { jobId, removeOnComplete: true, removeOnFail: true });
}

/** Removes the oldest parked jobs beyond the number that is kept. */
export async function trimParked(parked: ParkedQueue, keptAtMost = KEPT_AT_MOST): Promise<void> {
  // Newest first: Redis and PostgreSQL agree on this order, but not on the opposite one.
  for (const job of await parked.getJobs('wait', keptAtMost, -1, false)) await job?.remove();
}
