// What `npm run doctor` says of the cluster and the task definitions. The deployer itself needs none of it.
import { DescribeClustersCommand, DescribeTaskDefinitionCommand, type ECSClient } from '@aws-sdk/client-ecs';
import type { MeetingPlatform } from '@meeboter/domain/meeting-links/link.ts';
import { PlatformFault, type PlatformFinding, STOP_GRACE_MS } from '../platform.ts';
import { clusters, definition, parse } from './answers.ts';
import { createCall } from './call.ts';
import { type AwsConfig, missingTaskDefinitions, TASK_DEFINITION_VARIABLES } from './settings.ts';
import type { Backoff } from './throttle.ts';

/** The container's `stopTimeout` where the task definition has none, s (Amazon ECS API Reference, ContainerDefinition). */
const STOP_TIMEOUT_SECONDS = 30;
/** Units of CPU in a vCPU. */
const VCPU = 1_024;

type Check = (signal: AbortSignal) => Promise<PlatformFinding[]>;

/** The check throws PlatformFault when ECS is away. */
export function createCheck(client: ECSClient, config: AwsConfig, backoff: Backoff): Check {
  const call = createCall(client, backoff);

  const checkCluster: Check = async (signal) => {
    const command = new DescribeClustersCommand({ clusters: [config.cluster] });
    const answer = await call('DescribeClusters', signal, () =>
      client.send(command, { abortSignal: signal }),
    );
    const [cluster] = parse('DescribeClusters', clusters, answer).clusters;
    if (cluster?.status !== 'ACTIVE') {
      const text = `the cluster ${config.cluster} is ${cluster?.status ?? 'not there'}`;
      return [{ level: 'error', text, todo: 'Check AWS_ECS_CLUSTER and AWS_REGION.' }];
    }
    if (config.capacity !== 'fargate' && !cluster.capacityProviders.includes('FARGATE_SPOT')) {
      const text = 'the cluster has no capacity provider FARGATE_SPOT';
      return [{ level: 'error', text, todo: 'Add it to the cluster, or set AWS_CAPACITY=fargate.' }];
    }
    return [{ level: 'ok', text: `the cluster ${config.cluster} is there` }];
  };

  const checkDefinition = async (platform: string, signal: AbortSignal): Promise<PlatformFinding[]> => {
    const variable = TASK_DEFINITION_VARIABLES[platform as MeetingPlatform];
    const taskDefinition = config.taskDefinitions[platform as MeetingPlatform];
    if (taskDefinition === undefined) return [];
    const command = new DescribeTaskDefinitionCommand({ taskDefinition });
    const answer = await call('DescribeTaskDefinition', signal, () =>
      client.send(command, { abortSignal: signal }),
    );
    const { taskDefinition: it } = parse('DescribeTaskDefinition', definition, answer);
    const error = (text: string, todo: string): PlatformFinding[] => [
      { level: 'error', text: `${variable}: ${text}`, todo },
    ];
    const container = it.containerDefinitions.find(({ name }) => name === config.container);
    if (!container) {
      return error(
        `it has no container ${config.container}`,
        'Set AWS_ECS_CONTAINER to the name of its container.',
      );
    }
    if (it.networkMode !== 'awsvpc' || !it.requiresCompatibilities.includes('FARGATE')) {
      return error(
        'it is not for Fargate',
        'Register it with the network mode awsvpc and the compatibility FARGATE.',
      );
    }
    const stopTimeout = container.stopTimeout ?? STOP_TIMEOUT_SECONDS;
    if (stopTimeout * 1_000 < STOP_GRACE_MS) {
      const todo = `Register it with a stopTimeout of ${STOP_GRACE_MS / 1_000} to 120 s.`;
      return error(`a bot is killed ${stopTimeout} s after it was told to stop`, todo);
    }
    const vcpus = it.cpu / VCPU;
    const name = it.taskDefinitionArn.split('/').at(-1);
    return [
      {
        level: 'ok',
        text: `${variable}: ${name}, ${vcpus} vCPU and ${it.memory} MiB a bot. The account may use 6 vCPUs at once, unless AWS has raised its quota: compare with AWS_BOT_LIMIT`,
      },
    ];
  };

  return async (signal) => {
    const missing = missingTaskDefinitions(config).map(
      (variable): PlatformFinding => ({
        level: 'warning',
        text: `${variable} is not set: bots of that meeting platform cannot run here`,
        todo: 'Set it, or leave such meetings to other platforms.',
      }),
    );
    const checks = [
      () => checkCluster(signal),
      ...Object.keys(TASK_DEFINITION_VARIABLES).map((name) => () => checkDefinition(name, signal)),
    ];
    const found: PlatformFinding[] = [];
    for (const check of checks) found.push(...(await unlessRefused(check)));
    return [...found, ...missing];
  };
}

/** A refusal becomes a finding. A right to look that is missing is no error: bots run without it. */
async function unlessRefused(check: () => Promise<PlatformFinding[]>): Promise<PlatformFinding[]> {
  try {
    return await check();
  } catch (fault) {
    if (!(fault instanceof PlatformFault) || fault.kind !== 'config') throw fault;
    const mayNotLook = /AccessDenied/.test(fault.message);
    return [
      mayNotLook
        ? {
            level: 'warning',
            text: `not checked: ${fault.message}`,
            todo: 'Allow the action, to have this checked.',
          }
        : { level: 'error', text: fault.message, todo: 'Check the variables AWS_ECS_….' },
    ];
  }
}
