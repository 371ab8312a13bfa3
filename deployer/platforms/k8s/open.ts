// Opens the platform Kubernetes: settings, credentials and rights are checked before the first bot needs them.
import type { OpenContext } from '../open.ts';
import { type Platform, PlatformFault } from '../platform.ts';
import { missingRights } from './access.ts';
import { checkCluster } from './check.ts';
import { createClient } from './client.ts';
import { imageOf } from './job.ts';
import { createK8sPlatform } from './k8s.ts';
import { loadKubeConfig } from './kubeconfig.ts';
import type { K8sSettings } from './settings.ts';
import { watchRuntimes } from './watch.ts';

const CHECK_MS = 20_000;

/**
 * Throws an Error that names every variable that is missing or wrong, or every right that the deployer lacks. A
 * cluster that does not answer is no reason to fail: calls fail until it does.
 */
export async function openK8s({ settings, log, onExit }: OpenContext): Promise<Platform> {
  const problems = problemsOf(settings);
  if (problems.length > 0) throw new Error(`Kubernetes cannot be used: ${problems.join(' ')}`);
  const { K8S_NAMESPACE: namespace, K8S_KUBECONFIG: kubeconfig } = settings;
  const client = createClient(() => loadKubeConfig(kubeconfig), namespace);
  try {
    const missing = await missingRights(client, AbortSignal.timeout(CHECK_MS));
    if (missing.length > 0) {
      throw new Error(
        `Kubernetes cannot be used: in the namespace ${namespace} the deployer lacks the right to ${missing.join(', ')}. docs/platforms/k8s.md has the Role that it needs.`,
      );
    }
  } catch (error) {
    if (!(error instanceof PlatformFault) || error.kind !== 'transient') throw error;
    log.warn({ platform: 'k8s', err: error }, 'the cluster does not answer; the rights are not checked');
  }
  const nodeWaitMs = settings.K8S_NODE_WAIT_MS;
  const endWatch = watchRuntimes({
    client,
    nodeWaitMs,
    onHint: onExit,
    onError: (err) => log.warn({ platform: 'k8s', err }, 'the watch on Kubernetes was interrupted'),
  });
  const platform = createK8sPlatform({
    client,
    nodeWaitMs,
    image: imageOf(settings.K8S_IMAGE_REGISTRY ?? '', settings.K8S_IMAGE_TAG ?? ''),
    cpu: { request: settings.K8S_BOT_CPU_REQUEST, limit: settings.K8S_BOT_CPU_LIMIT },
    memory: { request: settings.K8S_BOT_MEMORY_REQUEST, limit: settings.K8S_BOT_MEMORY_LIMIT },
  });
  return { ...platform, check: (signal) => checkCluster(client, signal), close: endWatch };
}

/** What is missing or contradictory, one sentence each. */
function problemsOf(settings: K8sSettings): string[] {
  const problems: string[] = [];
  for (const name of ['K8S_IMAGE_REGISTRY', 'K8S_IMAGE_TAG'] as const) {
    if (settings[name] === undefined) problems.push(`${name} is not set.`);
  }
  for (const kind of ['CPU', 'MEMORY'] as const) {
    const [request, limit] = [`K8S_BOT_${kind}_REQUEST`, `K8S_BOT_${kind}_LIMIT`] as const;
    if (amountOf(settings[request]) > amountOf(settings[limit])) {
      problems.push(`${request} (${settings[request]}) is more than ${limit} (${settings[limit]}).`);
    }
  }
  try {
    loadKubeConfig(settings.K8S_KUBECONFIG);
  } catch (error) {
    problems.push(error instanceof Error ? error.message : String(error));
  }
  return problems;
}

const UNITS: Record<string, number> = {
  ...{ m: 1e-3, k: 1e3, M: 1e6, G: 1e9, T: 1e12 },
  ...{ Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40 },
};
/** The number that a quantity stands for. */
const amountOf = (quantity: string): number => {
  const [, number, unit = ''] = /^([\d.]+)([A-Za-z]*)$/.exec(quantity) ?? [];
  return Number(number) * (UNITS[unit] ?? 1);
};
