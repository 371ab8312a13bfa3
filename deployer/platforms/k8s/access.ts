// The rights that the deployer needs in its namespace. No right beyond the namespace is needed.
import type { Client, Right } from './client.ts';

const rights = (group: string, resource: string, verbs: readonly string[]): Right[] =>
  verbs.map((verb) => ({ group, resource, verb }));

/** As the Role of the Helm chart grants them. */
export const NEEDED_RIGHTS: readonly Right[] = [
  ...rights('batch', 'jobs', ['create', 'get', 'list', 'watch', 'delete']),
  ...rights('', 'pods', ['get', 'list', 'watch', 'delete']),
  ...rights('', 'secrets', ['create', 'delete']),
  ...rights('', 'events', ['list']),
];

/** For `npm run doctor`, which does without where it is missing. */
export const QUOTA_RIGHT: Right = { group: '', resource: 'resourcequotas', verb: 'list' };

/** The needed rights that we do not have, such as "create jobs.batch". Throws PlatformFault. */
export async function missingRights(client: Client, signal: AbortSignal): Promise<string[]> {
  const allowed = await Promise.all(NEEDED_RIGHTS.map((right) => client.isAllowed(right, signal)));
  return NEEDED_RIGHTS.filter((_, index) => !allowed[index]).map(
    ({ group, resource, verb }) => `${verb} ${resource}${group ? `.${group}` : ''}`,
  );
}
