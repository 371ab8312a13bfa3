// The platform on the stand-in of a cluster, with a trivial program instead of the bot.

import { KubeConfig } from '@kubernetes/client-node';
import { type Cluster, startCluster } from '../../../../lab/kubernetes/server.ts';
import type { Platform, RuntimeSpec } from '../../platform.ts';
import { type Client, createClient } from '../client.ts';
import { createK8sPlatform, type K8sPlatformOptions } from '../k8s.ts';

const onTerm = (what: string) =>
  `process.on('SIGTERM', () => ${what}); setInterval(() => undefined, 1_000); console.log('ready')`;
const PROGRAM = onTerm('process.exit(0)');
/** A program that ignores the signal to stop. */
export const DEAF = onTerm('undefined');
/** A program that ends by itself. */
export const exitsWith = (code: number) => `process.exit(${code})`;

export const IMAGE = {
  image: 'registry.example.org/meeboter-bot:1',
  cpu: { request: '1', limit: '2' },
  memory: { request: '2Gi', limit: '2Gi' },
  nodeWaitMs: 90_000,
};

export interface Lab {
  cluster: Cluster;
  /** How many programs have begun to listen for signals. */
  ready(): number;
  client(token?: string, callMs?: number): Client;
  platform(token?: string, options?: Partial<K8sPlatformOptions>): Platform;
}

export async function startLab(program = PROGRAM): Promise<Lab> {
  let ready = 0;
  const onOutput = () => {
    ready += 1;
  };
  const cluster = await startCluster({ command: process.execPath, args: ['--eval', program], onOutput });
  const client: Lab['client'] = (token, callMs) => {
    const load = () => {
      const config = new KubeConfig();
      config.loadFromString(cluster.kubeconfig(token));
      return config;
    };
    return createClient(load, cluster.namespace, callMs);
  };
  const platform: Lab['platform'] = (token, options) =>
    createK8sPlatform({ ...IMAGE, client: client(token), ...options });
  return { cluster, ready: () => ready, client, platform };
}

let count = 0;
export function specOf(): RuntimeSpec {
  count += 1;
  const id = `01K8sTEST_${count}`;
  return {
    ...{ deploymentId: `dep_${id}`, botId: `bot_${id}`, attempt: 1, claimToken: 'the claim token' },
    slotToken: 'the slot token',
    slot: { id: `slt_${id}`, number: count, application: null },
    meetingPlatform: 'google-meet',
    apiUrl: 'http://127.0.0.1:9',
  };
}

export const refOf = ({ deploymentId, slot }: RuntimeSpec) => ({ deploymentId, externalRef: null, slot });
