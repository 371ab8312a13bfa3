// A task definition for each meeting platform, its log group, and the two roles that they share.
import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Repository, TagStatus } from 'aws-cdk-lib/aws-ecr';
import {
  ContainerImage,
  CpuArchitecture,
  FargateTaskDefinition,
  LogDrivers,
  OperatingSystemFamily,
} from 'aws-cdk-lib/aws-ecs';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import type { BotsOptions } from './options.ts';

export const MEETING_PLATFORMS = ['google-meet', 'microsoft-teams', 'zoom'] as const;

/** What `AWS_ECS_CONTAINER` says by default. */
const CONTAINER = 'bot';
/** A bot is home 20 s after SIGTERM; Fargate waits for 120 s at most. */
const STOP_TIMEOUT = Duration.seconds(60);

export interface BotTasks {
  /** Families, in the order of MEETING_PLATFORMS. */
  families: string[];
  /** Pulls the image and writes logs. */
  executionRole: Role;
  /** What a bot may do: nothing. It opens pages of strangers. */
  taskRole: Role;
  repository: Repository | undefined;
}

export function createTasks(scope: Construct, options: BotsOptions): BotTasks {
  const assumedBy = new ServicePrincipal('ecs-tasks.amazonaws.com');
  const executionRole = new Role(scope, 'ExecutionRole', { assumedBy, description: 'Starts bots' });
  const taskRole = new Role(scope, 'BotRole', { assumedBy, description: 'Bots: no rights at all' });
  const repository = options.image === undefined ? createRepository(scope, options) : undefined;
  const image = repository
    ? ContainerImage.fromEcrRepository(repository, options.tag)
    : ContainerImage.fromRegistry(options.image ?? '', credentialsOf(scope, options));

  const families = MEETING_PLATFORMS.map((platform) => {
    const family = `${options.name}-${platform}`;
    const logGroup = new LogGroup(scope, `Logs-${platform}`, {
      logGroupName: `/${options.name}/bots/${platform}`,
      retention: options.logDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const definition = new FargateTaskDefinition(scope, `Task-${platform}`, {
      family,
      cpu: options.cpu,
      memoryLimitMiB: options.memoryMiB,
      executionRole,
      taskRole,
      // Fargate Spot had no other architecture when this was written.
      runtimePlatform: {
        cpuArchitecture: CpuArchitecture.X86_64,
        operatingSystemFamily: OperatingSystemFamily.LINUX,
      },
    });
    definition.addContainer(CONTAINER, {
      image,
      essential: true,
      stopTimeout: STOP_TIMEOUT,
      logging: LogDrivers.awsLogs({ logGroup, streamPrefix: platform }),
    });
    return family;
  });
  return { families, executionRole, taskRole, repository };
}

function createRepository(scope: Construct, options: BotsOptions): Repository {
  return new Repository(scope, 'BotImage', {
    repositoryName: `${options.name}-bot`,
    imageScanOnPush: true,
    lifecycleRules: [{ tagStatus: TagStatus.UNTAGGED, maxImageAge: Duration.days(14) }],
    removalPolicy: RemovalPolicy.RETAIN,
  });
}

function credentialsOf(scope: Construct, { registrySecretArn }: BotsOptions) {
  if (registrySecretArn === undefined) return {};
  return { credentials: Secret.fromSecretCompleteArn(scope, 'RegistrySecret', registrySecretArn) };
}
