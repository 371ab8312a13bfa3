// What the scheduler can be asked for. Whoever wants it done imports this file, never a queue.
import { defineJob, type JobSender } from '@meeboter/chassis/jobs.ts';
import { z } from 'zod';

/** Starts closer than this have a delayed job; later ones wait in Postgres alone. */
export const HORIZON_MS = 10 * 60_000;

/**
 * A moment at which bots have to start comes: one job for all of that tenth of a second, as meetings begin
 * on the hour. It names no bot: whoever is due then is found by rows, and a bot that was moved is not.
 */
export const startJob = defineJob({
  queue: 'bot-start',
  payload: z.object({ start_at: z.iso.datetime() }),
  jobId: (payload) => `start-${Date.parse(payload.start_at)}`,
  attempts: 3,
  backoffMs: 500,
  concurrency: 20,
});

/** Somebody is due now, or something changed in the line or among the slots: look, and match them again. */
export const dispatchJob = defineJob({
  queue: 'pool-dispatch',
  payload: z.object({}),
  lookAgainId: () => 'pool',
  attempts: 1,
  backoffMs: 0,
  concurrency: 1,
});

/** A recording that its runtime can no longer complete: complete it from the parts that arrived. */
export const finishRecordingJob = defineJob({
  queue: 'recording-finish',
  payload: z.object({ recording_id: z.string() }),
  jobId: (payload) => `finish-${payload.recording_id}`,
  attempts: 5,
  backoffMs: 2_000,
  concurrency: 4,
});

/** Look for rows whose next step is overdue. Asked for by a schedule. */
export const sweepJob = defineJob({
  queue: 'sweep',
  payload: z.object({}),
  attempts: 1,
  backoffMs: 0,
  concurrency: 1,
});

/** The queues of the scheduler, for who looks at all of them. */
export const SCHEDULER_QUEUES: readonly string[] = [startJob, dispatchJob, finishRecordingJob, sweepJob].map(
  (kind) => kind.queue,
);

/** A moment is so long, and its job comes at its beginning: bots may start a little early, see `EARLY_MS`. */
export const MOMENT_MS = 100;

/** Bots that start at these times. What is due already is looked for at once. */
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
