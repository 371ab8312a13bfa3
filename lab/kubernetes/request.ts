// Reads requests of the API: which resource, which object, which parameters.
import type { IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import type { KubeObject } from './objects.ts';
import { StatusError } from './status.ts';
import type { Resource } from './store.ts';

export interface Target {
  resource: Resource;
  namespace: string;
  name: string | undefined;
}

const KINDS: Record<Resource, { kind: string; apiVersion: string }> = {
  jobs: { kind: 'Job', apiVersion: 'batch/v1' },
  pods: { kind: 'Pod', apiVersion: 'v1' },
  secrets: { kind: 'Secret', apiVersion: 'v1' },
  events: { kind: 'Event', apiVersion: 'v1' },
  resourcequotas: { kind: 'ResourceQuota', apiVersion: 'v1' },
};
export const kindOf = (resource: Resource) => KINDS[resource];
/** As error messages name it. */
export const groupNameOf = (resource: Resource) => (resource === 'jobs' ? 'jobs.batch' : resource);

/** Null: the path is none of these resources. */
export function targetOf(path: string): Target | null {
  const match =
    /^\/apis\/batch\/v1\/namespaces\/([^/]+)\/(jobs)(?:\/([^/]+))?$/.exec(path) ??
    /^\/api\/v1\/namespaces\/([^/]+)\/(pods|secrets|events|resourcequotas)(?:\/([^/]+))?$/.exec(path);
  if (!match) return null;
  const [, namespace = '', resource, name] = match;
  return { namespace, resource: resource as Resource, name };
}

export async function bodyOf(request: IncomingMessage): Promise<Record<string, unknown>> {
  const body = await text(request);
  if (body === '') return {};
  try {
    return JSON.parse(body) as Record<string, unknown>;
  } catch {
    throw new StatusError(400, 'BadRequest', 'the body is not JSON');
  }
}

/** Whether an object fits the selectors of a list or a watch. Only equality is known. */
export function selects(params: URLSearchParams, object: KubeObject): boolean {
  const fits = (selector: string | null, fieldOf: (name: string) => unknown) =>
    (selector ?? '')
      .split(',')
      .filter(Boolean)
      .every((term) => {
        const [name = '', value] = term.split(/==?/);
        return fieldOf(name) === value;
      });
  return (
    fits(params.get('labelSelector'), (name) => object.metadata.labels?.[name]) &&
    fits(params.get('fieldSelector'), (name) =>
      name
        .split('.')
        .reduce<unknown>((value, field) => (value as Record<string, unknown> | undefined)?.[field], object),
    )
  );
}
