// Notices at once what happens to runtimes, so that nobody has to ask for each of them: two informers, on Jobs and on
// pods, and a list of both every `resyncMs`, which finds what a watch has missed and what no watch shows (a Job that
// gets no pod). What they find is a hint to look; the look itself asks the API server.
import { setTimeout as delay } from 'node:timers/promises';
import { BatchV1Api, CoreV1Api } from '@kubernetes/client-node';
import { hasEnded } from '../platform.ts';
import { within } from './calls.ts';
import type { Client } from './client.ts';
import { keepInformed } from './informer.ts';
import { DEPLOYMENT_LABEL, SELECTOR } from './names.ts';
import { isFinished, observationOf } from './observation.ts';
import { observationOfPod } from './pod.ts';
import { type Job, jobSchema, type Pod, podSchema } from './shapes.ts';

export interface WatchOptions {
  client: Client;
  /** Told of a deployment whose runtime seems to have ended, or to be in trouble. */
  onHint(deploymentId: string): void;
  onError(error: unknown): void;
  resyncMs?: number;
  /** The first pause before a watch that failed is started again. */
  restartMs?: number;
  nodeWaitMs: number;
  now?: () => number;
}

const RESYNC_MS = 20_000;
const RESTART_MS = 1_000;
const LIST_MS = 30_000;
/** A Job without a pod is looked at after this long. */
const POD_IS_LATE_MS = 5_000;

/** Starts watching; returns a function that ends it. */
export function watchRuntimes(options: WatchOptions): () => Promise<void> {
  const { client, onHint, onError, resyncMs = RESYNC_MS, restartMs = RESTART_MS, now = Date.now } = options;
  const judge = () => ({ nowMs: now(), nodeWaitMs: options.nodeWaitMs });
  const { namespace, config } = client;
  const stopped = new AbortController();
  const { signal } = stopped;
  const hint = ({ labels }: Job['metadata']) => {
    const id = labels[DEPLOYMENT_LABEL];
    if (id !== undefined && !signal.aborted) onHint(id);
  };
  const common = { config, selector: SELECTOR, onError, restartMs };
  const params = { namespace, labelSelector: SELECTOR };

  const jobs = keepInformed(
    {
      ...common,
      path: `/apis/batch/v1/namespaces/${namespace}/jobs`,
      list: () => config().makeApiClient(BatchV1Api).listNamespacedJob(params, within(LIST_MS, signal)),
      onChange(object, isDeleted) {
        const { data: job } = jobSchema.safeParse(object);
        if (job && (isDeleted || isFinished(job))) hint(job.metadata);
      },
    },
    signal,
  );
  const pods = keepInformed(
    {
      ...common,
      path: `/api/v1/namespaces/${namespace}/pods`,
      list: () => config().makeApiClient(CoreV1Api).listNamespacedPod(params, within(LIST_MS, signal)),
      onChange(object, isDeleted) {
        const { data: pod } = podSchema.safeParse(object);
        if (pod && (isDeleted || hasEnded(observationOfPod(pod, judge())))) hint(pod.metadata);
      },
    },
    signal,
  );
  const resynced = resync();
  return async () => {
    stopped.abort();
    await Promise.all([jobs, pods, resynced]);
  };

  async function resync(): Promise<void> {
    while (!signal.aborted) {
      await delay(resyncMs, undefined, { signal, ref: false }).catch(() => undefined);
      if (signal.aborted) return;
      try {
        lookAt(await client.listJobs(SELECTOR, signal), await client.listPods(SELECTOR, signal));
      } catch (error) {
        if (!signal.aborted) onError(error);
      }
    }
  }

  /** Tells of everything in the lists that has ended, and of Jobs that lack their pod. */
  function lookAt(allJobs: readonly Job[], allPods: readonly Pod[]): void {
    const idOf = ({ metadata }: Job | Pod) => metadata.labels[DEPLOYMENT_LABEL] ?? '';
    const podsById = Map.groupBy(allPods, idOf);
    const withJob = new Set(allJobs.map(idOf));
    for (const job of allJobs) {
      const podsOfIt = podsById.get(idOf(job)) ?? [];
      const ageMs = now() - (job.metadata.creationTimestamp?.getTime() ?? now());
      const lacksPod = podsOfIt.length === 0 && ageMs > POD_IS_LATE_MS;
      if (lacksPod || hasEnded(observationOf({ job, pods: podsOfIt, events: [] }, judge())))
        hint(job.metadata);
    }
    for (const pod of allPods) {
      if (!withJob.has(idOf(pod)) && hasEnded(observationOfPod(pod, judge()))) hint(pod.metadata);
    }
  }
}
