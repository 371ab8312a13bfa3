// What bots on AWS need: a network, a cluster with Fargate and Fargate Spot, a task definition for each meeting
// platform, and the rights of a deployer. The control plane runs elsewhere, and gets the outputs as its environment.
import { CfnOutput, Fn, Stack, type StackProps, Tags } from 'aws-cdk-lib';
import { Cluster } from 'aws-cdk-lib/aws-ecs';
import { CompositePrincipal, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { createNetwork } from './network.ts';
import type { BotsOptions } from './options.ts';
import { createDeployerPolicy } from './rights.ts';
import { createTasks, MEETING_PLATFORMS } from './tasks.ts';

export class BotsStack extends Stack {
  constructor(scope: Construct, id: string, options: BotsOptions, props?: StackProps) {
    super(scope, id, props);
    Tags.of(this).add('application', options.name);
    const { vpc, securityGroup } = createNetwork(this);
    const cluster = new Cluster(this, 'Cluster', {
      vpc,
      clusterName: `${options.name}-bots`,
      // Associates FARGATE and FARGATE_SPOT with it.
      enableFargateCapacityProviders: true,
    });
    const tasks = createTasks(this, options);
    // The same for all programs of the control plane. Bots never get it.
    const secret = new Secret(this, 'MeeboterSecret', {
      description: 'MEEBOTER_SECRET of the control plane',
      generateSecretString: { passwordLength: 64, excludePunctuation: true },
    });
    const policy = createDeployerPolicy(cluster, tasks, secret);
    const deployer = new Role(this, 'DeployerRole', {
      // A deployer on EC2 or on ECS. One that runs elsewhere gets the policy.
      assumedBy: new CompositePrincipal(
        new ServicePrincipal('ec2.amazonaws.com'),
        new ServicePrincipal('ecs-tasks.amazonaws.com'),
      ),
      managedPolicies: [policy],
    });

    const environment: [name: string, value: string][] = [
      ['AWS_REGION', this.region],
      ['AWS_ECS_CLUSTER', cluster.clusterName],
      [
        'AWS_ECS_SUBNETS',
        Fn.join(
          ',',
          vpc.publicSubnets.map(({ subnetId }) => subnetId),
        ),
      ],
      ['AWS_ECS_SECURITY_GROUPS', securityGroup.securityGroupId],
      ['AWS_ECS_ASSIGN_PUBLIC_IP', 'true'],
      ['AWS_ECS_OWNER', options.name],
      // The family alone: the newest revision runs after each deployment of the stack.
      ...tasks.families.map((family, index): [string, string] => [
        `AWS_ECS_TASK_DEF_${MEETING_PLATFORMS[index]?.toUpperCase().replace('-', '_')}`,
        family,
      ]),
    ];
    const output = (name: string, description: string, value: string) =>
      new CfnOutput(this, name, { description, value });
    output(
      'Environment',
      'The environment of the deployer, one variable a line',
      Fn.join(
        '\n',
        environment.map(([name, value]) => `${name}=${value}`),
      ),
    );
    output('MeeboterSecretArn', 'The secret that holds MEEBOTER_SECRET', secret.secretArn);
    output('DeployerRoleArn', 'The role of a deployer that runs on EC2 or ECS', deployer.roleArn);
    output('DeployerPolicyArn', 'The policy of a deployer that runs elsewhere', policy.managedPolicyArn);
    if (tasks.repository) {
      output(
        'BotImageRepository',
        'Where the image of the bot has to be pushed',
        tasks.repository.repositoryUri,
      );
    }
  }
}
