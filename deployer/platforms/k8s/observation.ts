// What the objects of a deployment say about its runtime. No calls here: `observe` and the resync use the same rules.
import type { Observation } from '../platform.ts';
import { isQuotaExceeded } from './faults.ts';
import { type Judge, observationOfPod, pick } from './pod.ts';
import type { Job, JobEvent, Pod } from './shapes.ts';

export interface Seen {
  /** Null: there is no Job of that name. */
  job: Job | null;
  pods: readonly Pod[];
  /** Warnings about the Job; needed only while it has no pod. */
  events: readonly JobEvent[];
}

const conditionOf = (job: Job, type: string) =>
  job.status.conditions.find((it) => it.type === type && it.status === 'True');

/** The end that the Job's conditions tell. `FailureTarget` and `SuccessCriteriaMet` come first, before all pods have ended. */
function endOfJob(job: Job): Extract<Observation, { state: 'ended' }> | null {
  const failed = conditionOf(job, 'Failed') ?? conditionOf(job, 'FailureTarget');
  if (failed) {
    const detail = [failed.reason, failed.message].filter(Boolean).join(': ');
    const cause =
      failed.reason === 'DeadlineExceeded'
        ? 'deadline'
        : // Our only rule of this policy is for disruptions.
          failed.reason === 'PodFailurePolicy'
          ? 'evicted'
          : 'other';
    return { state: 'ended', cause, detail };
  }
  if (conditionOf(job, 'Complete') ?? conditionOf(job, 'SuccessCriteriaMet')) {
    return { state: 'ended', cause: 'exited', exitCode: 0 };
  }
  return null;
}

/** True when the Job has ended, and no pod of it is left. */
export const isFinished = (job: Job) =>
  (conditionOf(job, 'Failed') ?? conditionOf(job, 'Complete')) !== undefined;

/** The observation of a deployment. */
export function observationOf({ job, pods, events }: Seen, judge: Judge): Observation {
  const isStopping = !job || job.metadata.deletionTimestamp !== undefined;
  const ofPod = pick(pods.map((pod) => observationOfPod(pod, judge, isStopping)));
  const ofJob = job && endOfJob(job);
  if (ofPod?.state === 'ended' && ofJob) {
    // The Job knows why its pod was deleted; the pod knows how its program ended.
    const isReason = ofJob.cause === 'deadline' || ofJob.cause === 'evicted';
    return isReason && !['out_of_memory', 'no_room'].includes(ofPod.cause)
      ? { ...ofPod, cause: ofJob.cause, ...(ofJob.detail ? { detail: ofJob.detail } : {}) }
      : ofPod;
  }
  if (ofPod) return ofPod;
  if (!job) return { state: 'gone' };
  if (ofJob) return ofJob;
  // The Job is being deleted: it gets no pod any more.
  if (job.metadata.deletionTimestamp) return { state: 'ended', cause: 'stopped' };
  if (conditionOf(job, 'Suspended')) return { state: 'starting', detail: 'The Job is suspended.' };
  return withoutPod(job, events);
}

/**
 * A Job without a pod: the controller creates one within moments, unless it may not. It tries for ever then, and says
 * so in events only.
 */
function withoutPod(job: Job, events: readonly JobEvent[]): Observation {
  const refused = events
    .filter((it) => it.reason === 'FailedCreate' && it.involvedObject.uid === job.metadata.uid)
    .map(({ message = '' }) => message);
  const quota = refused.find(isQuotaExceeded);
  if (quota !== undefined) return { state: 'ended', cause: 'no_room', detail: quota };
  const other = refused.find((message) => message.includes('forbidden') || message.includes('denied'));
  if (other !== undefined) return { state: 'ended', cause: 'misconfigured', detail: other };
  return { state: 'starting', ...(refused[0] ? { detail: refused[0] } : {}) };
}
