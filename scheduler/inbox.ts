// The scheduler's inbox: its jobs, and a function per request. Other programs import this file, never a queue.
import { defineJob, type JobSender } from '@meeboter/chassis/jobs.ts';
import { z } from 'zod';

/** Starts within this time have a delayed job; later ones are only in PostgreSQL. */
export const HORIZON_MS = 10 * 60_000;

/**
 * Start the bots that are due. There is one job per tenth of a second, because many meetings begin on the hour.
 * It names no bot: the handler finds the due bots by their rows, so a bot that was rescheduled or cancelled
 * is left out.
 */
export const startJob = defineJob({
  queue: 'bot-start',
  payload: z.object({ start_at: z.iso.datetime() }),
  jobId: (payload) => `start-${Date.parse(payload.start_at)}`,
  attempts: 3,
  backoffMs: 500,
  concurrency: 20,
});

/** Start the bots that are due and match queued bots with idle slots. Sent when the queue or the slots have changed. */
export const dispatchJob = defineJob({
  queue: 'pool-dispatch',
  payload: z.object({}),
  lookAgainId: () => 'pool',
  attempts: 1,
  backoffMs: 0,
  concurrency: 1,
});

/** Finish a recording whose runtime no longer can. */
export const finishRecordingJob = defineJob({
  queue: 'recording-finish',
  payload: z.object({ recording_id: z.string() }),
  jobId: (payload) => `finish-${payload.recording_id}`,
  attempts: 5,
  backoffMs: 2_000,
  concurrency: 4,
});

/** Run a round of the sweep. Sent by the queue's own schedule. */
export const sweepJob = defineJob({
  queue: 'sweep',
  payload: z.object({}),
  attempts: 1,
  backoffMs: 0,
  concurrency: 1,
});

/** All queues of the scheduler, for monitoring. */
export const SCHEDULER_QUEUES: readonly string[] = [startJob, dispatchJob, finishRecordingJob, sweepJob].map(
  (kind) => kind.queue,
);

/** Starts within the same 100 ms share a job, which runs at their beginning. Bots may start that early, see `EARLY_MS`. */
export const MOMENT_MS = 100;

/** Requests the start of the bots that start at these times; a dispatch at once for those that are due. */
export async function requestStarts(sender: JobSender, startsAt: readonly Date[], now: Date): Promise<void> {
  const nowMs = now.getTime();
  const moments = new Set(startsAt.map((at) => Math.floor(at.getTime() / MOMENT_MS) * MOMENT_MS));
  const starts = [...moments]
    .filter((atMs) => atMs > nowMs)
    .map((atMs) => ({ payload: { start_at: new Date(atMs).toISOString() }, delayMs: atMs - nowMs }));
  const isDue = starts.length < moments.size;
  await Promise.all([sender.sendMany(startJob, starts), ...(isDue ? [requestDispatch(sender)] : [])]);
}

export function requestDispatch(sender: JobSender) {
  return sender.send(dispatchJob, {});
}

export function requestFinishRecordings(sender: JobSender, recordingIds: readonly string[]) {
  return sender.sendMany(
    finishRecordingJob,
    recordingIds.map((recording_id) => ({ payload: { recording_id } })),
  );
}
