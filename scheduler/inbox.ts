// What the scheduler can be asked for. Whoever wants it done imports this file, never a queue.
import { defineJob, type JobSender } from '@meeboter/chassis/jobs.ts';
import { z } from 'zod';

/** Starts closer than this have a delayed job; later ones wait in Postgres alone. */
export const HORIZON_MS = 10 * 60_000;

/** A bot whose start time comes: let it want its slot. The id carries the revision: an edited bot's old job is stale. */
export const startJob = defineJob({
  queue: 'bot-start',
  payload: z.object({ bot_id: z.string(), revision: z.int() }),
  jobId: (payload) => `start-${payload.bot_id}-${payload.revision}`,
  attempts: 3,
  backoffMs: 500,
  concurrency: 20,
});

/** Something changed in the line or among the slots: match them again. */
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

/** `startAt` in the past: now. */
export function requestStart(sender: JobSender, bot: { id: string; revision: number; startAt: Date }) {
  const payload = { bot_id: bot.id, revision: bot.revision };
  const delayMs = bot.startAt.getTime() - Date.now();
  return delayMs > 0 ? sender.send(startJob, payload, { delayMs }) : sender.send(startJob, payload);
}

export function requestDispatch(sender: JobSender) {
  return sender.send(dispatchJob, {});
}

export function requestFinishRecording(sender: JobSender, recordingId: string) {
  return sender.send(finishRecordingJob, { recording_id: recordingId });
}
