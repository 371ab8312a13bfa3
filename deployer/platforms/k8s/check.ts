// What `npm run doctor` says about the cluster.
import type { PlatformFinding } from '../platform.ts';
import { missingRights, QUOTA_RIGHT } from './access.ts';
import type { Client } from './client.ts';
import type { Quota } from './shapes.ts';

/** Throws PlatformFault when the cluster does not answer, or refuses the credentials. */
export async function checkCluster(client: Client, signal: AbortSignal): Promise<PlatformFinding[]> {
  const where = `the namespace ${client.namespace}`;
  const missing = await missingRights(client, signal);
  const rights: PlatformFinding =
    missing.length === 0
      ? { level: 'ok', text: `the deployer has its rights in ${where}` }
      : {
          level: 'error',
          text: `in ${where} the deployer lacks the right to ${missing.join(', ')}`,
          todo: 'Give its account the Role of docs/platforms/k8s.md.',
        };
  if (!(await client.isAllowed(QUOTA_RIGHT, signal))) {
    return [
      rights,
      { level: 'ok', text: `quotas are not checked: the deployer may not list them in ${where}` },
    ];
  }
  return [rights, ...(await client.listQuotas(signal)).map(findingOf)];
}

/** One for each quota: what it allows, and whether any of it is used up. */
function findingOf({ metadata, status: { hard, used } }: Quota): PlatformFinding {
  const lines = Object.entries(hard).map(([name, most]) => ({ name, most, now: used[name] ?? '0' }));
  const text = `quota ${metadata.name}: ${lines.map(({ name, most, now }) => `${name} ${now} of ${most}`).join(', ')}`;
  const full = lines.filter(({ most, now }) => most === now).map(({ name }) => name);
  if (full.length === 0) return { level: 'ok', text };
  return {
    level: 'warning',
    text,
    todo: `Raise ${full.join(', ')} of the quota, or lower K8S_BOT_LIMIT: further bots go to the next platform.`,
  };
}
