// How objects are deleted: by the API, by the garbage collector, and in the end by the node.
import { isOwnedBy, isTerminal, type JobObject, type PodObject, timestamp } from './objects.ts';
import type { Store } from './store.ts';

/** Pods of a Job, without those that have lost their owner. */
export const podsOf = (store: Store, job: JobObject) =>
  store.all<PodObject>('pods').filter((pod) => isOwnedBy(pod, job.metadata.uid));

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
