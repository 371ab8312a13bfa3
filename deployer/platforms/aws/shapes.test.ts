// The stand-in's answers against the shapes that AWS ships in its client, and the limits that it has in common with
// the API.
import {
  ConflictException$,
  DescribeClustersResponse$,
  DescribeTaskDefinitionResponse$,
  DescribeTasksCommand,
  DescribeTasksResponse$,
  ListTasksResponse$,
  RunTaskResponse$,
  StopTaskResponse$,
} from '@aws-sdk/client-ecs';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Ecs } from '../../../lab/ecs/server.ts';
import { type Opened, openPlatform, specOf, startStandIn } from './testing/stand-in.ts';

const { signal } = new AbortController();
let ecs: Ecs;
let opened: Opened;
beforeEach(async () => {
  ecs = await startStandIn({ lagMs: 0 });
  opened = openPlatform(ecs);
});
afterEach(async () => {
  opened.client.destroy();
  await ecs.close();
});

/** The answer as it goes over the wire, before the client drops what it does not know. */
async function raw(operation: string, body: object): Promise<Record<string, unknown>> {
  const response = await fetch(ecs.url, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': `AmazonEC2ContainerServiceV20141113.${operation}`,
      authorization: 'AWS4-HMAC-SHA256 Credential=lab/20260101/eu-central-1/ecs/aws4_request, Signature=0',
    },
    body: JSON.stringify(
      operation.endsWith('Tasks') || operation.endsWith('Task') ? { cluster: 'bots', ...body } : body,
    ),
  });
  return (await response.json()) as Record<string, unknown>;
}

/**
 * What differs from a schema of the client. A schema is a number for a simple type, a function that returns the schema,
 * `[schema, traits]`, or an array that begins with its kind: 1 a list, 2 a map, 3 a structure, -3 an error.
 */
function differences(schema: unknown, value: unknown, path: string): string[] {
  if (typeof schema === 'function') return differences(schema(), value, path);
  if (typeof schema === 'number') {
    // A list of simple values has the bit 64, a map of them 128; 4 is a time, sent as a number of seconds.
    if (schema & 64) return isEach(value, path, (it, at) => differences(schema & 63, it, at));
    if (schema & 128) return typeof value === 'object' ? [] : [`${path}: no map`];
    const expected = { 0: 'string', 1: 'number', 2: 'boolean', 4: 'number' }[schema & 7] ?? 'string';
    return typeof value === expected ? [] : [`${path}: ${typeof value} instead of ${expected}`];
  }
  if (!Array.isArray(schema)) return [`${path}: a schema of an unknown form`];
  const [kind] = schema as unknown[];
  if (kind === 1) return isEach(value, path, (it, at) => differences(schema[4], it, at));
  if (kind !== 3 && kind !== -3) return differences(kind, value, path);
  if (typeof value !== 'object' || value === null) return [`${path}: no structure`];
  const [names, types] = [schema[4] as string[], schema[5] as unknown[]];
  return Object.entries(value).flatMap(([name, member]) => {
    const index = names.indexOf(name);
    return index < 0
      ? [`${path}.${name}: not a member`]
      : differences(types[index], member, `${path}.${name}`);
  });
}
const isEach = (value: unknown, path: string, check: (item: unknown, path: string) => string[]): string[] =>
  Array.isArray(value)
    ? value.flatMap((item, index) => check(item, `${path}[${index}]`))
    : [`${path}: no list`];

it('finds what differs', () => {
  const wrong = { tasks: [{ taskArn: 1, createdAt: 'now', colour: 'red', containers: {} }] };
  expect(differences(DescribeTasksResponse$, wrong, '')).toEqual([
    '.tasks[0].taskArn: number instead of string',
    '.tasks[0].createdAt: string instead of number',
    '.tasks[0].colour: not a member',
    '.tasks[0].containers: no list',
  ]);
});

it('gives every answer the shape of the API', async () => {
  const { platform } = opened;
  const spec = specOf();
  const taskArn = await platform.start(spec, signal);
  await expect.poll(() => ecs.cluster.of(spec.deploymentId).some((task) => task.isRunning)).toBe(true);
  const [sent] = ecs.calls.filter(({ operation }) => operation === 'RunTask');
  const check = async (schema: unknown, operation: string, body: object, holds: string) => {
    const answer = await raw(operation, body);
    expect(answer, operation).toHaveProperty(holds);
    expect(differences(schema, answer, operation)).toEqual([]);
  };
  const tasks = [taskArn, 'arn:aws:ecs:eu-central-1:123456789012:task/bots/none'];
  await check(RunTaskResponse$, 'RunTask', { ...sent?.body }, 'tasks.0.taskArn');
  await check(DescribeTasksResponse$, 'DescribeTasks', { tasks, include: ['TAGS'] }, 'tasks.0.tags');
  await check(DescribeTasksResponse$, 'DescribeTasks', { tasks }, 'failures.0.reason');
  await check(ListTasksResponse$, 'ListTasks', {}, 'taskArns.0');
  await check(StopTaskResponse$, 'StopTask', { task: taskArn, reason: 'test' }, 'task.stopCode');
  await expect
    .poll(() => ecs.cluster.of(spec.deploymentId).map(({ lastStatus }) => lastStatus))
    .toEqual(['STOPPED']);
  await check(DescribeTasksResponse$, 'DescribeTasks', { tasks: [taskArn] }, 'tasks.0.containers.0.exitCode');

  const { __type, ...conflict } = await raw('RunTask', { ...sent?.body, count: 2 });
  expect(__type).toBe('ConflictException');
  expect(conflict).toEqual({ message: expect.any(String), resourceIds: [taskArn] });
  expect(differences(ConflictException$, conflict, 'Conflict')).toEqual([]);

  await check(
    DescribeClustersResponse$,
    'DescribeClusters',
    { clusters: ['bots', 'none'] },
    'failures.0.arn',
  );
  const taskDefinition = 'meeboter-google-meet';
  const name = 'taskDefinition.containerDefinitions.0.name';
  await check(DescribeTaskDefinitionResponse$, 'DescribeTaskDefinition', { taskDefinition }, name);

  ecs.cluster.capacity.full.add('FARGATE');
  await check(RunTaskResponse$, 'RunTask', { ...sent?.body, clientToken: 'another' }, 'failures.0.reason');
});

it.each([
  ['DescribeTasks', { tasks: Array.from({ length: 101 }, (_, n) => `arn-${n}`) }],
  ['ListTasks', { startedBy: 'meeboter/x', desiredStatus: 'RUNNING' }],
  ['ListTasks', { maxResults: 101 }],
  ['StopTask', { task: 'arn', reason: 'x'.repeat(256) }],
  ['RunTask', { taskDefinition: 'meeboter-google-meet', launchType: 'FARGATE', clientToken: 'x'.repeat(65) }],
  ['RunTask', { taskDefinition: 'meeboter-google-meet', launchType: 'FARGATE', propagateTags: 'SERVICE' }],
  ['RunTask', { taskDefinition: 'meeboter-google-meet', launchType: 'FARGATE', startedBy: 'a b' }],
  ['RunTask', { taskDefinition: 'meeboter-google-meet', launchType: 'FARGATE' }],
])('refuses what the API refuses: %s %o', async (operation, body) => {
  expect(await raw(operation, body)).toMatchObject({ __type: 'InvalidParameterException' });
});

it('forgets client tokens after a day', async () => {
  const { platform } = opened;
  const spec = specOf();
  const first = await platform.start(spec, signal);
  ecs.cluster.skip(23 * 3_600_000);
  const again = openPlatform(ecs);
  expect(await again.platform.start(spec, signal)).toBe(first);
  ecs.cluster.skip(2 * 3_600_000);
  const late = openPlatform(ecs);
  expect(await late.platform.start(spec, signal)).not.toBe(first);
  for (const { client } of [again, late]) client.destroy();
  // The client agrees with the wire.
  const { tasks } = await opened.client.send(new DescribeTasksCommand({ cluster: 'bots', tasks: [first] }));
  expect(tasks?.[0]?.createdAt).toBeInstanceOf(Date);
});
