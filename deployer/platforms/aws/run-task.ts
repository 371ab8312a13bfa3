// What RunTask is asked for.
import type { RunTaskCommandInput } from '@aws-sdk/client-ecs';
import { PlatformFault, type RuntimeSpec } from '../platform.ts';
import { type AwsConfig, TASK_DEFINITION_VARIABLES } from './settings.ts';

export type Provider = 'FARGATE' | 'FARGATE_SPOT';

/** Where a task is tried, in this order. One strategy with both would split the bots by weight, and not fall back. */
export const PROVIDERS: Readonly<Record<AwsConfig['capacity'], readonly Provider[]>> = {
  fargate: ['FARGATE'],
  spot: ['FARGATE_SPOT'],
  'spot-then-fargate': ['FARGATE_SPOT', 'FARGATE'],
};

/** The longest `overrides` in JSON, in characters (Amazon ECS API Reference, TaskOverride). */
const MAX_OVERRIDES = 8_192;

/**
 * The deployment is in `startedBy`, by which ECS lists tasks. Tags would not do: a stop deletes them (Amazon ECS API
 * Reference, StopTask).
 */
export const startedBy = (owner: string, deploymentId: string): string => `${owner}/${deploymentId}`;

/** The deployment of a task, from its `startedBy`; undefined for a task that is not ours. */
export function deploymentOf(owner: string, value: string | undefined): string | undefined {
  const mark = `${owner}/`;
  return value?.startsWith(mark) ? value.slice(mark.length) : undefined;
}

/**
 * The same for every call that starts this deployment there: ECS remembers the client token for a day, and answers a
 * second call with the task of the first, or with a conflict where parameters differ. Throws a PlatformFault of kind
 * `config` when the task cannot be described.
 */
export function runTaskInput(config: AwsConfig, spec: RuntimeSpec, provider: Provider): RunTaskCommandInput {
  const { meetingPlatform, deploymentId } = spec;
  const taskDefinition = config.taskDefinitions[meetingPlatform];
  if (taskDefinition === undefined) {
    throw new PlatformFault(
      'config',
      `${TASK_DEFINITION_VARIABLES[meetingPlatform]} is not set: aws has no task definition for ${meetingPlatform}`,
    );
  }
  // Everybody who may describe tasks can read this. The token is good for one claim, the rest is no secret.
  const environment = [
    { name: 'MEEBOTER_API_URL', value: spec.apiUrl },
    { name: 'MEEBOTER_CLAIM_TOKEN', value: spec.claimToken },
  ];
  const overrides = { containerOverrides: [{ name: config.container, environment }] };
  const { length } = JSON.stringify(overrides);
  if (length > MAX_OVERRIDES) {
    throw new PlatformFault(
      'config',
      `the overrides of the task have ${length} characters, and ECS takes ${MAX_OVERRIDES}: the API's address is too long`,
    );
  }
  return {
    cluster: config.cluster,
    taskDefinition,
    count: 1,
    clientToken: `${deploymentId}-${provider === 'FARGATE_SPOT' ? 'spot' : 'od'}`,
    startedBy: startedBy(config.owner, deploymentId),
    // On-demand capacity needs no capacity provider on the cluster.
    ...(provider === 'FARGATE'
      ? { launchType: 'FARGATE' }
      : { capacityProviderStrategy: [{ capacityProvider: provider, weight: 1 }] }),
    networkConfiguration: {
      awsvpcConfiguration: {
        subnets: config.subnets,
        ...(config.securityGroups.length > 0 ? { securityGroups: config.securityGroups } : {}),
        assignPublicIp: config.assignPublicIp ? 'ENABLED' : 'DISABLED',
      },
    },
    overrides,
    enableECSManagedTags: true,
    propagateTags: 'TASK_DEFINITION',
    tags: [
      { key: 'meeboter:owner', value: config.owner },
      { key: 'meeboter:deployment', value: deploymentId },
      { key: 'meeboter:bot', value: spec.botId },
      { key: 'meeboter:attempt', value: String(spec.attempt) },
      { key: 'meeboter:meeting-platform', value: meetingPlatform },
    ],
  };
}
