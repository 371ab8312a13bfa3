// The calls that we make to the API of Kubernetes, through its own client. Every call has a time limit and carries
// the caller's signal; every answer is parsed; every error is a PlatformFault.
import { setTimeout as delay } from 'node:timers/promises';
import {
  ApiException,
  AuthorizationV1Api,
  BatchV1Api,
  type ConfigurationOptions,
  CoreV1Api,
  type KubeConfig,
  Observable,
  type V1Job,
  type V1Secret,
} from '@kubernetes/client-node';
import type { z } from 'zod';
import { PlatformFault } from '../platform.ts';
import { faultOf, httpStatusOf, statusOf } from './faults.ts';
import {
  accessSchema,
  eventSchema,
  type Job,
  type JobEvent,
  jobSchema,
  listSchema,
  type Pod,
  podSchema,
  type Quota,
  quotaSchema,
} from './shapes.ts';

/** The client itself has no time limit. */
const CALL_MS = 10_000;
/** How often a call is repeated that the server had no time for, and the longest pause that it may ask for. */
const BUSY_TRIES = 3;
const LONGEST_PAUSE_S = 5;
const PAGE = 500;

export interface Right {
  group: string;
  resource: string;
  verb: string;
}

interface Page {
  limit: number;
  _continue?: string;
}

/** The calls, in one namespace. Without the answer `exists` or null, a failed call throws PlatformFault. */
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

/** `load` reads the kubeconfig: at once, and again when the cluster refuses the credentials, which may be new ones by then. */
export function createClient(load: () => KubeConfig, namespace: string, callMs = CALL_MS): Client {
  let connection = connect(load());

  const call = async <T>(
    doing: string,
    signal: AbortSignal,
    work: (apis: ReturnType<typeof connect>, options: ConfigurationOptions) => Promise<T>,
  ): Promise<T> => {
    let hasReloaded = false;
    for (let tries = 1; ; tries += 1) {
      signal.throwIfAborted();
      try {
        return await work(connection, within(callMs, signal));
      } catch (error) {
        const status = httpStatusOf(error);
        if (status === 401 && !hasReloaded) {
          hasReloaded = true;
          connection = reconnect(load, doing);
          continue;
        }
        const pauseS = status === 429 && tries < BUSY_TRIES ? pauseOf(error) : undefined;
        if (pauseS === undefined || pauseS > LONGEST_PAUSE_S) throw error;
        await delay(pauseS * 1_000, undefined, { signal });
      }
    }
  };
  /** The same, for a call whose failure is a fault, unless it failed with the status `instead` stands for. */
  const ask = <T, O = never>(
    doing: string,
    signal: AbortSignal,
    work: Parameters<typeof call<T>>[2],
    instead: Partial<Record<number, O>> = {},
  ): Promise<T | O> =>
    call(doing, signal, work).catch((error: unknown) => {
      const status = httpStatusOf(error);
      if (status !== null && status in instead) return instead[status] as O;
      throw faultOf(error, doing);
    });

  const listAll = async <T>(
    doing: string,
    item: z.ZodType<T>,
    signal: AbortSignal,
    page: (apis: ReturnType<typeof connect>, page: Page, options: ConfigurationOptions) => Promise<unknown>,
  ): Promise<T[]> => {
    const schema = listSchema(item);
    for (let tries = 1; ; tries += 1) {
      const items: T[] = [];
      let next: string | undefined;
      let isTooOld = false;
      do {
        const from = next;
        const answer = await ask<z.infer<typeof schema>, 'too old'>(
          doing,
          signal,
          async (apis, options) =>
            schema.parse(await page(apis, { limit: PAGE, ...(from ? { _continue: from } : {}) }, options)),
          // The list has changed too much since its first page.
          tries < BUSY_TRIES ? { 410: 'too old' } : {},
        );
        isTooOld = answer === 'too old';
        if (answer === 'too old') break;
        items.push(...answer.items);
        next = answer.metadata._continue || undefined;
      } while (next !== undefined);
      if (!isTooOld) return items;
    }
  };

  const ns = { namespace };
  const background = { propagationPolicy: 'Background' } as const;
  return {
    namespace,
    config: () => connection.config,
    createJob: (body, signal) =>
      ask(
        `creating the Job ${body.metadata?.name}`,
        signal,
        async ({ batch }, options) =>
          jobSchema.parse(
            await batch.createNamespacedJob({ ...ns, body, fieldValidation: 'Strict' }, options),
          ),
        { 409: 'exists' as const },
      ),
    readJob: (name, signal) =>
      ask(
        `reading the Job ${name}`,
        signal,
        async ({ batch }, options) =>
          jobSchema.parse(await batch.readNamespacedJob({ ...ns, name }, options)),
        { 404: null },
      ),
    deleteJob: (name, signal) =>
      ask(
        `deleting the Job ${name}`,
        signal,
        async ({ batch }, options) =>
          void (await batch.deleteNamespacedJob({ ...ns, name, ...background }, options)),
        { 404: undefined },
      ),
    createSecret: (body, signal) =>
      ask(
        `creating the Secret ${body.metadata?.name}`,
        signal,
        async ({ core }, options) => {
          await core.createNamespacedSecret({ ...ns, body, fieldValidation: 'Strict' }, options);
          return 'created' as const;
        },
        { 409: 'exists' as const },
      ),
    deleteSecret: (name, signal) =>
      ask(
        `deleting the Secret ${name}`,
        signal,
        async ({ core }, options) => void (await core.deleteNamespacedSecret({ ...ns, name }, options)),
        { 404: undefined },
      ),
    deletePod: (name, gracePeriodSeconds, signal) =>
      ask(
        `deleting the pod ${name}`,
        signal,
        async ({ core }, options) =>
          void (await core.deleteNamespacedPod({ ...ns, name, gracePeriodSeconds }, options)),
        { 404: undefined },
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

function connect(config: KubeConfig) {
  return {
    config,
    batch: config.makeApiClient(BatchV1Api),
    core: config.makeApiClient(CoreV1Api),
    authorization: config.makeApiClient(AuthorizationV1Api),
  };
}

function reconnect(load: () => KubeConfig, doing: string) {
  try {
    return connect(load());
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new PlatformFault('config', `Kubernetes: ${doing}: the credentials are refused. ${why}`, { cause });
  }
}

/** Seconds that an answer 429 asks to wait. */
function pauseOf(error: unknown): number | undefined {
  if (!(error instanceof ApiException)) return undefined;
  const seconds =
    statusOf(error).details?.retryAfterSeconds ?? Number(error.headers['retry-after'] ?? Number.NaN);
  return Number.isFinite(seconds) ? seconds : undefined;
}

/**
 * Options that give a call of the client library a time limit and a signal; by itself it has neither. "append" keeps
 * the library's own middleware, which sets its name.
 */
export function within(ms: number, signal: AbortSignal): ConfigurationOptions {
  const both = AbortSignal.any([signal, AbortSignal.timeout(ms)]);
  return {
    middleware: [
      {
        pre(request) {
          request.setSignal(both);
          return new Observable(Promise.resolve(request));
        },
        post: (response) => new Observable(Promise.resolve(response)),
      },
    ],
    middlewareMergeStrategy: 'append',
  };
}
