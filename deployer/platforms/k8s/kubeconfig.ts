// Where the cluster is, and who we are there.
import { readFileSync } from 'node:fs';
import { KubeConfig } from '@kubernetes/client-node';
import { environment } from '@meeboter/chassis/env/read.ts';

/**
 * Reads the kubeconfig at `path`; without one, the service account that Kubernetes gives the deployer's own pod.
 * Throws an Error that says what is wrong and never shows the file's content: it holds credentials.
 */
export function loadKubeConfig(path: string | undefined): KubeConfig {
  const config = new KubeConfig();
  if (path === undefined) {
    if (!environment().KUBERNETES_SERVICE_HOST) {
      throw new Error(
        'K8S_KUBECONFIG is not set, and this deployer does not run in a pod: set it to the path of a kubeconfig.',
      );
    }
    config.loadFromCluster();
    return config;
  }
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unreadable';
    throw new Error(`K8S_KUBECONFIG: the file ${path} cannot be read (${code}).`, { cause });
  }
  try {
    config.loadFromString(text);
  } catch (error) {
    // The parser's message quotes the lines around the mistake; only its first line says what it is.
    const what = error instanceof Error ? error.message.split('\n')[0] : '';
    throw new Error(`K8S_KUBECONFIG: the file ${path} does not parse as a kubeconfig: ${what}`);
  }
  config.makePathsAbsolute(path.slice(0, path.lastIndexOf('/') + 1) || '.');
  const cluster = config.getCurrentCluster();
  if (!cluster || !config.getCurrentUser()) {
    const lacks = cluster ? 'a user' : 'a cluster';
    throw new Error(
      `K8S_KUBECONFIG: the file ${path} does not parse as a kubeconfig: its current context names no context with ${lacks}.`,
    );
  }
  if (cluster.server.startsWith('http:') && !cluster.skipTLSVerify) {
    throw new Error(
      `K8S_KUBECONFIG: the cluster in ${path} has an http address. The client takes only https, unless the cluster has "insecure-skip-tls-verify: true".`,
    );
  }
  return config;
}
