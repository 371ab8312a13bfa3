// What the controllers of a cluster do: the Job controller, the garbage collector and the TTL controller.
import type { Faults } from './faults.ts';
import {
  type Condition,
  isFinished,
  isOwnedBy,
  isTerminal,
  type JobObject,
  type PodObject,
  setCondition,
  timestamp,
} from './objects.ts';
import type { Store } from './store.ts';

let created = 0;

/** Pods of a Job, without those that another process has taken from it. */
const podsOf = (store: Store, job: JobObject) =>
  store.all<PodObject>('pods').filter((pod) => isOwnedBy(pod, job.metadata.uid));

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

/**
 * Marks a pod for deletion; the node does the rest. A second request may shorten the grace time, never lengthen it.
 * A pod that has ended is removed at once.
 */
export function deletePod(store: Store, name: string, graceSeconds?: number): void {
  const pod = store.get<PodObject>('pods', name);
  if (!pod) return;
  if (isTerminal(pod)) {
    store.remove('pods', name);
    return;
  }
  const grace = graceSeconds ?? pod.spec.terminationGracePeriodSeconds ?? 30;
  const before = pod.metadata.deletionGracePeriodSeconds;
  if (before !== undefined && before <= grace) return;
  store.change<PodObject>('pods', name, ({ metadata }) => {
    metadata.deletionTimestamp ??= timestamp(Date.now() + grace * 1_000);
    metadata.deletionGracePeriodSeconds = grace;
  });
}

/** One round of the garbage collector: what belongs to a Job that is not there any more is deleted. */
export function collectGarbage(store: Store): void {
  const uids = new Set(store.all('jobs').map(({ metadata }) => metadata.uid));
  const isOrphaned = (owners: { uid: string }[] = []) =>
    owners.length > 0 && owners.every(({ uid }) => !uids.has(uid));
  for (const pod of store.all<PodObject>('pods')) {
    if (isOrphaned(pod.metadata.ownerReferences) && !pod.metadata.deletionTimestamp) {
      deletePod(store, pod.metadata.name);
    }
  }
  for (const { metadata } of store.all('secrets')) {
    if (isOrphaned(metadata.ownerReferences)) store.remove('secrets', metadata.name);
  }
}

/** Deletes a Job as the policy says. Without one its pods stay: they lose their owner. */
export function deleteJob(store: Store, name: string, policy: string | undefined): void {
  const job = store.get<JobObject>('jobs', name);
  if (!job) return;
  if (policy === 'Foreground') {
    store.change('jobs', name, ({ metadata }) => {
      metadata.deletionTimestamp = timestamp();
      metadata.finalizers = ['foregroundDeletion'];
    });
    for (const pod of podsOf(store, job)) deletePod(store, pod.metadata.name);
    return;
  }
  if (policy !== 'Background') {
    for (const resource of ['pods', 'secrets'] as const) {
      for (const { metadata } of store.all(resource).filter((it) => isOwnedBy(it, job.metadata.uid))) {
        store.change(resource, metadata.name, (object) => {
          delete object.metadata.ownerReferences;
        });
      }
    }
  }
  store.remove('jobs', name);
}

/** Ends deletions of Jobs that wait for their pods. */
export function endForeground(store: Store): void {
  for (const job of store.all<JobObject>('jobs')) {
    if (!job.metadata.finalizers?.includes('foregroundDeletion')) continue;
    if (podsOf(store, job).length === 0) store.remove('jobs', job.metadata.name);
  }
}
