// What a deployer may do: run, stop and see the bots of this cluster, and nothing else.
import { Stack } from 'aws-cdk-lib';
import type { Cluster } from 'aws-cdk-lib/aws-ecs';
import { ManagedPolicy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { BotTasks } from './tasks.ts';

/**
 * A policy to attach to the role, or the user, that the deployer runs as. Which resource and which condition each action
 * knows: Service Authorization Reference, "Amazon Elastic Container Service".
 */
export function createDeployerPolicy(cluster: Cluster, tasks: BotTasks, secret: Secret): ManagedPolicy {
  const arn = (resource: string, resourceName: string) =>
    Stack.of(cluster).formatArn({ service: 'ecs', resource, resourceName });
  const inCluster = { ArnEquals: { 'ecs:cluster': cluster.clusterArn } };
  const ours = arn('task', `${cluster.clusterName}/*`);
  return new ManagedPolicy(cluster, 'DeployerPolicy', {
    description: 'What the deployer of Meeboter needs to run bots',
    statements: [
      new PolicyStatement({
        sid: 'RunBots',
        actions: ['ecs:RunTask'],
        resources: tasks.families.map((family) => arn('task-definition', `${family}:*`)),
        conditions: inCluster,
      }),
      new PolicyStatement({
        sid: 'TagBots',
        actions: ['ecs:TagResource'],
        resources: [ours],
        conditions: { StringEquals: { 'ecs:CreateAction': 'RunTask' } },
      }),
      new PolicyStatement({
        sid: 'SeeAndStopBots',
        actions: ['ecs:DescribeTasks', 'ecs:StopTask'],
        resources: [ours],
        conditions: inCluster,
      }),
      // This action knows no resource that a Fargate task has.
      new PolicyStatement({
        sid: 'ListBots',
        actions: ['ecs:ListTasks'],
        resources: ['*'],
        conditions: inCluster,
      }),
      new PolicyStatement({
        sid: 'CheckCluster',
        actions: ['ecs:DescribeClusters'],
        resources: [cluster.clusterArn],
      }),
      // For `npm run doctor`. This action knows no resource at all.
      new PolicyStatement({
        sid: 'CheckTaskDefinitions',
        actions: ['ecs:DescribeTaskDefinition'],
        resources: ['*'],
      }),
      new PolicyStatement({
        sid: 'HandRolesToBots',
        actions: ['iam:PassRole'],
        resources: [tasks.executionRole.roleArn, tasks.taskRole.roleArn],
        conditions: { StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } },
      }),
      new PolicyStatement({
        sid: 'ReadMeeboterSecret',
        actions: ['secretsmanager:GetSecretValue'],
        resources: [secret.secretArn],
      }),
    ],
  });
}
