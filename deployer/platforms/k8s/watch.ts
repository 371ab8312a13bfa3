// Notices at once what happens to runtimes, so that nobody has to ask for each of them: two informers, on Jobs and on
// pods, and a list of both every `resyncMs`, which finds what a watch has missed and what no watch shows (a Job that
// gets no pod). What they find is a hint to look; the look itself asks the API server.
import { setTimeout as delay } from 'node:timers/promises';
import {
  BatchV1Api,
  CoreV1Api,
  type Informer,
  type KubeConfig,
  type KubernetesObject,
  makeInformer,
} from '@kubernetes/client-node';
import type { z } from 'zod';
import { hasEnded } from '../platform.ts';
import type { Client } from './client.ts';
import { DEPLOYMENT_LABEL, SELECTOR } from './names.ts';
import { observationOf } from './observation.ts';
import { type Job, jobSchema, type Pod, podSchema } from './shapes.ts';

export interface WatchOptions {
  client: Client;
  /** Told of a deployment whose runtime seems to have ended, or to be in trouble. */
  onHint(deploymentId: string): void;
  onError(error: unknown): void;
  resyncMs?: number;
  /** The first pause before a watch that failed is started again; doubled up to 30 s. */
  restartMs?: number;
  now?: () => number;
}

const RESYNC_MS = 20_000;
const RESTART_MS = 1_000;
const LONGEST_RESTART_MS = 30_000;
/** A Job without a pod is looked at after this long. */
const POD_IS_LATE_MS = 5_000;

/** Starts watching; returns a function that ends it. */
export function watchRuntimes(options: WatchOptions): () => Promise<void> {
  const { client, onHint, onError, resyncMs = RESYNC_MS, now = Date.now } = options;
  const { namespace } = client;
  const stopped = new AbortController();
  const { signal } = stopped;
  const hint = (labels: Record<string, string>) => {
    const id = labels[DEPLOYMENT_LABEL];
    if (id !== undefined && !signal.aborted) onHint(id);
  };

  const jobs = keepWatching({
    ...{ client, onError, signal, restartMs: options.restartMs ?? RESTART_MS },
    schema: jobSchema,
    make: (config) => {
      const api = config.makeApiClient(BatchV1Api);
      const list = () => api.listNamespacedJob({ namespace, labelSelector: SELECTOR });
      return makeInformer(config, `/apis/batch/v1/namespaces/${namespace}/jobs`, list, SELECTOR);
    },
    onChange(job, isDeleted) {
      if (isDeleted || job.status.conditions.some(({ type }) => type === 'Failed' || type === 'Complete')) {
        hint(job.metadata.labels);
      }
    },
  });
  const pods = keepWatching({
    ...{ client, onError, signal, restartMs: options.restartMs ?? RESTART_MS },
    schema: podSchema,
    make: (config) => {
      const api = config.makeApiClient(CoreV1Api);
      const list = () => api.listNamespacedPod({ namespace, labelSelector: SELECTOR });
      return makeInformer(config, `/api/v1/namespaces/${namespace}/pods`, list, SELECTOR);
    },
    onChange(pod, isDeleted) {
      const seen = observationOf({ job: null, pods: [pod], events: [] }, now());
      if (isDeleted || hasEnded(seen)) hint(pod.metadata.labels);
    },
  });
  const resynced = resync({ client, signal, onError, everyMs: resyncMs }, (allJobs, allPods) => {
    const ids = new Set([...allJobs, ...allPods].map(({ metadata }) => metadata.labels[DEPLOYMENT_LABEL]));
    for (const id of ids) {
      if (id === undefined) continue;
      const of = <T extends Job | Pod>(all: T[]) =>
        all.filter(({ metadata }) => metadata.labels[DEPLOYMENT_LABEL] === id);
      const [job = null] = of(allJobs);
      const podsOfIt = of(allPods);
      const ageMs = now() - (job?.metadata.creationTimestamp?.getTime() ?? now());
      const lacksPod = podsOfIt.length === 0 && ageMs > POD_IS_LATE_MS;
      if (lacksPod || hasEnded(observationOf({ job, pods: podsOfIt, events: [] }, now()))) onHint(id);
    }
  });
  return async () => {
    stopped.abort();
    await Promise.all([jobs, pods, resynced]);
  };
}

/** Keeps an informer running until the signal aborts. An informer ends with the first error that it does not know. */
async function keepWatching<S extends z.ZodType, T extends KubernetesObject>(options: {
  client: Client;
  schema: S;
  make(config: KubeConfig): Informer<T>;
  onChange(object: z.infer<S>, isDeleted: boolean): void;
  onError(error: unknown): void;
  signal: AbortSignal;
  restartMs: number;
}): Promise<void> {
  const { client, schema, make, onChange, onError, signal, restartMs } = options;
  let pauseMs = restartMs;
  while (!signal.aborted) {
    const { promise: ended, resolve: end } = Promise.withResolvers<void>();
    const informer = make(client.config());
    const changed = (object: T, isDeleted: boolean) => {
      pauseMs = restartMs;
      const parsed = schema.safeParse(object);
      if (parsed.success) onChange(parsed.data, isDeleted);
    };
    informer.on('add', (object) => changed(object, false));
    informer.on('update', (object) => changed(object, false));
    informer.on('delete', (object) => changed(object, true));
    informer.on('error', (error: unknown) => {
      // A stop causes an error too.
      if (!signal.aborted) onError(error);
      end();
    });
    const stop = () => {
      void informer.stop();
      end();
    };
    signal.addEventListener('abort', stop, { once: true });
    // Resolves when the watch is connected; a failure is told as an error above, or thrown.
    informer.start().catch((error: unknown) => {
      onError(error);
      end();
    });
    await ended;
    signal.removeEventListener('abort', stop);
    void informer.stop();
    await delay(pauseMs, undefined, { signal, ref: false }).catch(() => undefined);
    pauseMs = Math.min(2 * pauseMs, LONGEST_RESTART_MS);
  }
}

async function resync(
  {
    client,
    signal,
    onError,
    everyMs,
  }: { client: Client; signal: AbortSignal; onError(error: unknown): void; everyMs: number },
  check: (jobs: Job[], pods: Pod[]) => void,
): Promise<void> {
  while (!signal.aborted) {
    await delay(everyMs, undefined, { signal, ref: false }).catch(() => undefined);
    if (signal.aborted) return;
    try {
      check(await client.listJobs(SELECTOR, signal), await client.listPods(SELECTOR, signal));
    } catch (error) {
      if (!signal.aborted) onError(error);
    }
  }
}
