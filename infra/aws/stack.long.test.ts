// The CloudFormation template that the CDK app makes.
import { App } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { awsShape, readConfig } from '../../deployer/platforms/aws/settings.ts';
import { optionsOf } from './options.ts';
import { BotsStack } from './stack.ts';

function templateOf(context: Record<string, string> = {}): Template {
  const app = new App({ context });
  return Template.fromStack(new BotsStack(app, 'Meeboter', optionsOf(app.node)));
}
type Resource = { Properties: Record<string, unknown> };
const propertiesOf = (template: Template, type: string) =>
  Object.values(template.findResources(type) as Record<string, Resource>).map(({ Properties }) => Properties);

const statement = z.object({
  Action: z.union([z.string(), z.array(z.string())]),
  Resource: z.unknown(),
  Condition: z.unknown().optional(),
});

/** A value with everything that CloudFormation fills in replaced. */
function filledIn(value: unknown): string {
  if (typeof value === 'string') return value;
  const join = z.object({ 'Fn::Join': z.tuple([z.string(), z.array(z.unknown())]) }).safeParse(value);
  if (!join.success) return 'filled-in';
  const [separator, parts] = join.data['Fn::Join'];
  return parts.map(filledIn).join(separator);
}

describe('with its own repository', () => {
  const template = templateOf();

  it('has a cluster with both kinds of capacity', () => {
    template.hasResourceProperties('AWS::ECS::Cluster', { ClusterName: 'meeboter-bots' });
    template.hasResourceProperties('AWS::ECS::ClusterCapacityProviderAssociations', {
      CapacityProviders: ['FARGATE', 'FARGATE_SPOT'],
    });
  });

  it('lets nothing in to a bot, and has no NAT gateway', () => {
    template.resourceCountIs('AWS::EC2::NatGateway', 0);
    template.resourceCountIs('AWS::EC2::SecurityGroupIngress', 0);
    const [group, ...others] = propertiesOf(template, 'AWS::EC2::SecurityGroup');
    expect(others).toEqual([]);
    expect(group).not.toHaveProperty('SecurityGroupIngress');
  });

  it('has a task definition for each meeting platform, without secrets', () => {
    const definitions = propertiesOf(template, 'AWS::ECS::TaskDefinition');
    expect(definitions.map(({ Family }) => Family)).toEqual([
      'meeboter-google-meet',
      'meeboter-microsoft-teams',
      'meeboter-zoom',
    ]);
    for (const definition of definitions) {
      expect(definition).toMatchObject({
        ...{ Cpu: '2048', Memory: '4096', NetworkMode: 'awsvpc', RequiresCompatibilities: ['FARGATE'] },
        ContainerDefinitions: [{ Name: 'bot', Essential: true, StopTimeout: 60 }],
      });
      const [container] = z.array(z.object({}).loose()).parse(definition.ContainerDefinitions);
      expect(container).not.toHaveProperty('Environment');
      expect(container).not.toHaveProperty('Secrets');
    }
  });

  it('keeps logs for two weeks', () => {
    const groups = propertiesOf(template, 'AWS::Logs::LogGroup');
    expect(groups.map((it) => [it.LogGroupName, it.RetentionInDays])).toEqual([
      ['/meeboter/bots/google-meet', 14],
      ['/meeboter/bots/microsoft-teams', 14],
      ['/meeboter/bots/zoom', 14],
    ]);
  });

  it('gives bots no rights', () => {
    const roles = template.findResources('AWS::IAM::Role', {
      Properties: { Description: 'Bots: no rights at all' },
    });
    const [botRole = ''] = Object.keys(roles);
    expect(roles[botRole]?.Properties).not.toHaveProperty('ManagedPolicyArns');
    const policies = propertiesOf(template, 'AWS::IAM::Policy');
    for (const { Roles } of policies) expect(Roles).not.toContainEqual({ Ref: botRole });
  });

  it('gives a deployer what it needs on this cluster alone', () => {
    const [policy] = propertiesOf(template, 'AWS::IAM::ManagedPolicy');
    const { Statement } = z.object({ Statement: z.array(statement) }).parse(policy?.PolicyDocument);
    expect(Statement.map(({ Action }) => Action)).toEqual([
      'ecs:RunTask',
      'ecs:TagResource',
      ['ecs:DescribeTasks', 'ecs:StopTask'],
      'ecs:ListTasks',
      'ecs:DescribeClusters',
      'ecs:DescribeTaskDefinition',
      'iam:PassRole',
      'secretsmanager:GetSecretValue',
    ]);
    // What has no resource of its own is bound to the cluster, or tells nothing of bots.
    const wide = Statement.filter(({ Resource }) => Resource === '*');
    expect(wide.map(({ Action }) => Action)).toEqual(['ecs:ListTasks', 'ecs:DescribeTaskDefinition']);
    const unbound = Statement.filter(({ Condition }) => Condition === undefined);
    expect(unbound.map(({ Action }) => Action)).toEqual([
      'ecs:DescribeClusters',
      'ecs:DescribeTaskDefinition',
      'secretsmanager:GetSecretValue',
    ]);
    template.hasResourceProperties('AWS::IAM::ManagedPolicy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Action: 'iam:PassRole',
            Resource: [
              { 'Fn::GetAtt': [Match.stringLikeRegexp('^ExecutionRole'), 'Arn'] },
              { 'Fn::GetAtt': [Match.stringLikeRegexp('^BotRole'), 'Arn'] },
            ],
          }),
        ]),
      },
    });
  });

  it('prints the environment of a deployer, which its settings accept', () => {
    const { Environment } = template.findOutputs('Environment');
    const text = filledIn((Environment as { Value: unknown }).Value);
    const env = Object.fromEntries(text.split('\n').map((line) => line.split('=')));
    expect(Object.keys(env).filter((name) => !Object.hasOwn(awsShape, name))).toEqual([]);
    expect(readConfig(z.object(awsShape).parse(env))).toMatchObject({
      assignPublicIp: true,
      container: 'bot',
      owner: 'meeboter',
      taskDefinitions: {
        'google-meet': 'meeboter-google-meet',
        'microsoft-teams': 'meeboter-microsoft-teams',
        zoom: 'meeboter-zoom',
      },
    });
  });
});

it('runs an image of a private registry, whose secret only the start of bots may read', () => {
  const registrySecretArn = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:registry-AbCdEf';
  const template = templateOf({ name: 'staging', image: 'registry.example/bot:1.2', registrySecretArn });
  template.resourceCountIs('AWS::ECR::Repository', 0);
  template.hasResourceProperties('AWS::ECS::TaskDefinition', {
    Family: 'staging-zoom',
    ContainerDefinitions: [
      Match.objectLike({
        Image: 'registry.example/bot:1.2',
        RepositoryCredentials: { CredentialsParameter: registrySecretArn },
      }),
    ],
  });
  const readers = propertiesOf(template, 'AWS::IAM::Policy').filter((it) =>
    JSON.stringify(it).includes(registrySecretArn),
  );
  expect(readers.map(({ Roles }) => Roles)).toEqual([[{ Ref: expect.stringMatching(/^ExecutionRole/) }]]);
});

it.each([
  [{ cpu: 'two' }, 'cpu'],
  [{ logDays: '0' }, 'logDays'],
  [{ name: 'Two Words' }, 'name'],
  [{ registrySecretArn: 'arn' }, 'image'],
])('refuses the options %o', (context, message) => {
  expect(() => templateOf(context as unknown as Record<string, string>)).toThrow(message);
});
