// The Job controller: gives each Job its pod, and says in its conditions how that ended.
import { deletePod, podsOf } from './deletion.ts';
import type { Faults } from './faults.ts';
import {
  type Condition,
  isFinished,
  isTerminal,
  type JobObject,
  type PodObject,
  setCondition,
  timestamp,
} from './objects.ts';
import type { Store } from './store.ts';

let created = 0;

/** One round of the Job controller over all Jobs. */
export function runJobs(store: Store, faults: Faults): void {
  for (const job of store.all<JobObject>('jobs')) {
    if (isFinished(job) || job.metadata.deletionTimestamp || job.spec.suspend) continue;
    const pods = podsOf(store, job);
    const ended = pods.find(isTerminal);
    const [failing] = (job.status.conditions ?? []).filter(({ type }) => type === 'FailureTarget');
    if (failing) {
      finish(store, job, pods, failing);
    } else if (ended?.status.phase === 'Succeeded') {
      setJobCondition(store, job, {
        type: 'SuccessCriteriaMet',
        status: 'True',
        reason: 'CompletionsReached',
      });
      setJobCondition(store, job, { type: 'Complete', status: 'True', reason: 'CompletionsReached' });
    } else if (ended) {
      setJobCondition(store, job, reasonOf(job, ended));
    } else if (pods.every(({ metadata }) => metadata.deletionTimestamp)) {
      replace(store, faults, job, pods);
    }
  }
}

/** A Job whose pods are all being deleted, or that has none. */
function replace(store: Store, faults: Faults, job: JobObject, pods: readonly PodObject[]): void {
  const hadPods = (job.status.active ?? 0) > 0;
  // A pod failure policy implies the policy `Failed`.
  const waits = job.spec.podReplacementPolicy === 'Failed' || job.spec.podFailurePolicy !== undefined;
  if (hadPods && waits) {
    // Its pod has been removed: it counts as failed. While it is being deleted, the controller waits.
    if (pods.length === 0) {
      setJobCondition(
        store,
        job,
        failure('BackoffLimitExceeded', 'Job has reached the specified backoff limit'),
      );
    }
    return;
  }
  const count = faults.doubleNext ? 2 : 1;
  faults.doubleNext = false;
  for (let made = 0; made < count; made += 1) createPod(store, faults, job);
}

function createPod(store: Store, faults: Faults, job: JobObject): void {
  const { name } = job.metadata;
  created += 1;
  const podName = `${name}-${created.toString(36).padStart(5, '0')}`;
  const used = store.all<PodObject>('pods').filter((pod) => !isTerminal(pod)).length;
  const refused =
    used >= faults.podQuota
      ? `exceeded quota: bots, requested: pods=1, used: pods=${used}, limited: pods=${faults.podQuota}`
      : faults.podsRefused;
  if (refused !== null) {
    recordEvent(store, job, `Error creating: pods "${podName}" is forbidden: ${refused}`);
    return;
  }
  const { template } = job.spec;
  const containers = template.spec.containers.concat(
    faults.sidecar ? [{ name: 'proxy', image: 'proxy:1' }] : [],
  );
  store.add('pods', {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: podName,
      namespace: job.metadata.namespace,
      labels: { ...template.metadata?.labels, 'batch.kubernetes.io/job-name': name },
      ownerReferences: [
        { apiVersion: 'batch/v1', kind: 'Job', name, uid: job.metadata.uid, controller: true },
      ],
    },
    spec: { ...template.spec, containers },
    status: { phase: 'Pending' },
  });
  store.change<JobObject>('jobs', name, ({ status }) => {
    status.active = 1;
  });
}

function recordEvent(store: Store, job: JobObject, message: string): void {
  const { name, namespace, uid } = job.metadata;
  const eventName = `${name}.failed-create`;
  if (store.get('events', eventName)) return;
  store.add('events', {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: eventName, namespace },
    involvedObject: { apiVersion: 'batch/v1', kind: 'Job', name, namespace, uid },
    type: 'Warning',
    reason: 'FailedCreate',
    message,
    lastTimestamp: timestamp(),
  });
}

export const failure = (reason: string, message: string) => ({
  type: 'FailureTarget',
  status: 'True',
  reason,
  message,
});

function reasonOf(job: JobObject, pod: PodObject) {
  const isDisrupted = pod.status.conditions?.some(({ type }) => type === 'DisruptionTarget');
  return job.spec.podFailurePolicy && isDisrupted
    ? failure(
        'PodFailurePolicy',
        `Pod ${pod.metadata.name} has condition DisruptionTarget matching FailJob rule at index 0`,
      )
    : failure('BackoffLimitExceeded', 'Job has reached the specified backoff limit');
}

/** `Failed` follows `FailureTarget` only when all pods have ended; the controller deletes those that run. */
function finish(store: Store, job: JobObject, pods: readonly PodObject[], target: Condition): void {
  const running = pods.filter((pod) => !isTerminal(pod));
  for (const pod of running) deletePod(store, pod.metadata.name);
  if (running.length === 0) setJobCondition(store, job, { ...target, type: 'Failed' });
}

function setJobCondition(
  store: Store,
  job: JobObject,
  condition: Omit<Condition, 'lastTransitionTime'>,
): void {
  store.change<JobObject>('jobs', job.metadata.name, ({ status }) => setCondition(status, condition));
}
