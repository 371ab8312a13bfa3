// The platform with the real client, against the stand-in for ECS.
import { ECSClient, type ECSClientConfig } from '@aws-sdk/client-ecs';
import { type Ecs, type EcsOptions, startEcs } from '../../../../lab/ecs/server.ts';
import type { Platform, RuntimeSpec } from '../../platform.ts';
import { createEcsApi } from '../api.ts';
import { createEcsPlatform } from '../ecs.ts';
import type { AwsConfig } from '../settings.ts';
import type { Backoff } from '../throttle.ts';

/** Stands in for the bot: runs until it is told to stop. */
export const SLEEPER = {
  command: process.execPath,
  args: ['-e', 'setInterval(() => undefined, 1_000); process.on("SIGTERM", () => process.exit(0));'],
};

/** How long a task may be unknown; longer than the stand-in's lag. */
export const SETTLE_MS = 600;

export const CONFIG: AwsConfig = {
  region: 'eu-central-1',
  endpoint: undefined,
  cluster: 'bots',
  subnets: ['subnet-1', 'subnet-2'],
  securityGroups: ['sg-1'],
  assignPublicIp: true,
  taskDefinitions: { 'google-meet': 'meeboter-google-meet', 'microsoft-teams': undefined, zoom: undefined },
  container: 'bot',
  capacity: 'fargate',
  owner: 'meeboter',
};

export const startStandIn = (options: Partial<EcsOptions> = {}): Promise<Ecs> =>
  startEcs({
    taskDefinitions: { 'meeboter-google-meet': { container: 'bot', program: SLEEPER } },
    ...options,
  });

/** No pause takes time. */
export const AT_ONCE: Backoff = { pause: async () => undefined, random: () => 1 };

export interface Opened {
  platform: Platform;
  client: ECSClient;
}

interface OpenOptions {
  credentials?: NonNullable<ECSClientConfig['credentials']>;
  backoff?: Backoff;
  nowMs?: () => number;
}

/** A platform that remembers nothing yet. */
export function openPlatform(
  ecs: Pick<Ecs, 'url'>,
  config: Partial<AwsConfig> = {},
  { credentials = keys('lab'), backoff = AT_ONCE, nowMs }: OpenOptions = {},
): Opened {
  const client = new ECSClient({ region: 'eu-central-1', endpoint: ecs.url, credentials, maxAttempts: 1 });
  const whole = { ...CONFIG, ...config };
  const api = createEcsApi(client, whole.cluster, backoff);
  const clock = nowMs === undefined ? {} : { nowMs };
  return {
    client,
    platform: createEcsPlatform({ api, config: whole, settleMs: SETTLE_MS, pollMs: 50, ...clock }),
  };
}

export const keys = (accessKeyId: string) => ({ accessKeyId, secretAccessKey: 'secret' });

let count = 0;
export function specOf(more: Partial<RuntimeSpec> = {}): RuntimeSpec {
  count += 1;
  const id = `${process.pid}${count}`.padStart(26, '0');
  return {
    ...{ deploymentId: `dep_${id}`, botId: `bot_${id}`, attempt: 1, claimToken: `token-${id}` },
    slot: { id: `slt_${id}`, number: count, application: null },
    slotToken: `slot-token-${id}`,
    meetingPlatform: 'google-meet',
    apiUrl: 'http://127.0.0.1:9',
    ...more,
  };
}
