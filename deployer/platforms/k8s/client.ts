// The calls that we make to the API of Kubernetes, in one namespace. Every answer is parsed; every error is a
// PlatformFault.
import type { KubeConfig, V1Job, V1Secret } from '@kubernetes/client-node';
import { createCalls } from './calls.ts';
import {
  accessSchema,
  eventSchema,
  type Job,
  type JobEvent,
  jobSchema,
  type Pod,
  podSchema,
  type Quota,
  quotaSchema,
} from './shapes.ts';

export interface Right {
  group: string;
  resource: string;
  verb: string;
}

/** The calls, in one namespace. A call that fails throws PlatformFault. */
export interface Client {
  readonly namespace: string;
  /** For a watch; a new one after the credentials were read again. */
  config(): KubeConfig;
  createJob(body: V1Job, signal: AbortSignal): Promise<Job | 'exists'>;
  /** Null: there is none. */
  readJob(name: string, signal: AbortSignal): Promise<Job | null>;
  /** Deletes the Job, and has the cluster delete its pods and its Secret. Does nothing when it is gone. */
  deleteJob(name: string, signal: AbortSignal): Promise<void>;
  createSecret(body: V1Secret, signal: AbortSignal): Promise<'created' | 'exists'>;
  deleteSecret(name: string, signal: AbortSignal): Promise<void>;
  deletePod(name: string, graceSeconds: number, signal: AbortSignal): Promise<void>;
  listJobs(labelSelector: string, signal: AbortSignal): Promise<Job[]>;
  listPods(labelSelector: string, signal: AbortSignal): Promise<Pod[]>;
  eventsAbout(uid: string, signal: AbortSignal): Promise<JobEvent[]>;
  listQuotas(signal: AbortSignal): Promise<Quota[]>;
  isAllowed(right: Right, signal: AbortSignal): Promise<boolean>;
}

/** `load` reads the kubeconfig: see `createCalls`. */
export function createClient(load: () => KubeConfig, namespace: string, callMs?: number): Client {
  const { config, ask, listAll } = createCalls(load, callMs);
  const ns = { namespace };
  const background = { propagationPolicy: 'Background' } as const;
  return {
    namespace,
    config,
    createJob: (body, signal) =>
      ask(
        `creating the Job ${body.metadata?.name}`,
        signal,
        async ({ batch }, options) =>
          jobSchema.parse(
            await batch.createNamespacedJob({ ...ns, body, fieldValidation: 'Strict' }, options),
          ),
        { AlreadyExists: 'exists' as const },
      ),
    readJob: (name, signal) =>
      ask(
        `reading the Job ${name}`,
        signal,
        async ({ batch }, options) =>
          jobSchema.parse(await batch.readNamespacedJob({ ...ns, name }, options)),
        { NotFound: null },
      ),
    deleteJob: (name, signal) =>
      ask(
        `deleting the Job ${name}`,
        signal,
        async ({ batch }, options) =>
          void (await batch.deleteNamespacedJob({ ...ns, name, ...background }, options)),
        { NotFound: undefined },
      ),
    createSecret: (body, signal) =>
      ask(
        `creating the Secret ${body.metadata?.name}`,
        signal,
        async ({ core }, options) => {
          await core.createNamespacedSecret({ ...ns, body, fieldValidation: 'Strict' }, options);
          return 'created' as const;
        },
        { AlreadyExists: 'exists' as const },
      ),
    deleteSecret: (name, signal) =>
      ask(
        `deleting the Secret ${name}`,
        signal,
        async ({ core }, options) => void (await core.deleteNamespacedSecret({ ...ns, name }, options)),
        { NotFound: undefined },
      ),
    deletePod: (name, gracePeriodSeconds, signal) =>
      ask(
        `deleting the pod ${name}`,
        signal,
        async ({ core }, options) =>
          void (await core.deleteNamespacedPod({ ...ns, name, gracePeriodSeconds }, options)),
        { NotFound: undefined },
      ),
    listJobs: (labelSelector, signal) =>
      listAll('listing Jobs', jobSchema, signal, ({ batch }, page, options) =>
        batch.listNamespacedJob({ ...ns, labelSelector, ...page }, options),
      ),
    listPods: (labelSelector, signal) =>
      listAll('listing pods', podSchema, signal, ({ core }, page, options) =>
        core.listNamespacedPod({ ...ns, labelSelector, ...page }, options),
      ),
    eventsAbout: (uid, signal) =>
      listAll('listing events', eventSchema, signal, ({ core }, page, options) =>
        core.listNamespacedEvent({ ...ns, fieldSelector: `involvedObject.uid=${uid}`, ...page }, options),
      ),
    listQuotas: (signal) =>
      listAll('listing quotas', quotaSchema, signal, ({ core }, page, options) =>
        core.listNamespacedResourceQuota({ ...ns, ...page }, options),
      ),
    isAllowed: (right, signal) =>
      ask(
        `asking for the right to ${right.verb} ${right.resource}`,
        signal,
        async ({ authorization }, options) => {
          const body = { spec: { resourceAttributes: { ...ns, ...right } } };
          const answer = await authorization.createSelfSubjectAccessReview({ body }, options);
          return accessSchema.parse(answer).status.allowed;
        },
      ),
  };
}
