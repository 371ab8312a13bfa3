// What the API server does with requests for objects: checks, quotas, and the effects.

import { deleteJob, deletePod } from './deletion.ts';
import type { Faults } from './faults.ts';
import { isFinished, type JobObject, type KubeObject, type SecretObject } from './objects.ts';
import { groupNameOf, kindOf, type Target } from './request.ts';
import { checkBody } from './schema.ts';
import { forbidden, notFound, StatusError } from './status.ts';
import type { Store } from './store.ts';

const DEFINITIONS: Partial<Record<Target['resource'], string>> = {
  jobs: 'io.k8s.api.batch.v1.Job',
  secrets: 'io.k8s.api.core.v1.Secret',
};
/** The names of objects: DNS subdomains, and of Jobs DNS labels, since their pods carry them as a label. */
const NAME = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

/** Creates an object. Throws StatusError. Returns what the server answers. */
export function create(
  store: Store,
  faults: Faults,
  { resource, namespace }: Target,
  body: Record<string, unknown>,
  isStrict: boolean,
): { object: KubeObject; take(): KubeObject } {
  const definition = DEFINITIONS[resource];
  const { kind, apiVersion } = kindOf(resource);
  if (!definition) throw new StatusError(405, 'MethodNotAllowed', `the stand-in creates no ${resource}`);
  checkBody(definition, body, isStrict);
  const object = { apiVersion, kind, ...structuredClone(body) } as KubeObject;
  const { name } = object.metadata;
  const group = groupNameOf(resource);
  if (!NAME.test(name ?? '')) {
    throw new StatusError(422, 'Invalid', `${kind} "${name}" is invalid: metadata.name: Invalid value`);
  }
  if (store.get(resource, name)) {
    throw new StatusError(409, 'AlreadyExists', `${group} "${name}" already exists`, {
      name,
      kind: resource,
    });
  }
  object.metadata = { ...object.metadata, namespace };
  if (resource === 'jobs') prepareJob(store, faults, object as JobObject);
  if (resource === 'secrets') encode(object as SecretObject);
  return { object, take: () => store.get(resource, name) ?? store.add(resource, object) };
}

function prepareJob(store: Store, faults: Faults, job: JobObject): void {
  const used = store.all<JobObject>('jobs').filter((it) => !isFinished(it)).length;
  if (used >= faults.jobQuota) {
    const counts = `requested: count/jobs.batch=1, used: count/jobs.batch=${used}, limited: count/jobs.batch=${faults.jobQuota}`;
    throw forbidden('jobs.batch', job.metadata.name, `exceeded quota: bots, ${counts}`);
  }
  for (const field of faults.unknownFields) delete (job.spec as unknown as Record<string, unknown>)[field];
  job.status = {};
}

function encode(secret: SecretObject): void {
  const { stringData = {} } = secret as SecretObject & { stringData?: Record<string, string> };
  delete secret.stringData;
  const encoded = Object.entries(stringData).map(([key, value]) => [
    key,
    Buffer.from(value).toString('base64'),
  ]);
  secret.data = { ...secret.data, ...Object.fromEntries(encoded) };
}

/** Deletes an object. Throws StatusError when there is none. */
export function remove(
  store: Store,
  { resource, name = '' }: Target,
  options: { propagationPolicy?: string | undefined; gracePeriodSeconds?: number | undefined },
): KubeObject {
  const object = store.get(resource, name);
  if (!object) throw notFound(groupNameOf(resource), name);
  if (resource === 'jobs') deleteJob(store, name, options.propagationPolicy);
  else if (resource === 'pods') deletePod(store, name, options.gracePeriodSeconds);
  else store.remove(resource, name);
  return object;
}
