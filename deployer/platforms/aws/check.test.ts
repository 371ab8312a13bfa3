// What the doctor says of AWS.
import { afterEach, expect, it } from 'vitest';
import { ApiError } from '../../../lab/ecs/api-error.ts';
import type { Ecs, EcsOptions } from '../../../lab/ecs/server.ts';
import { createCheck } from './check.ts';
import type { AwsConfig } from './settings.ts';
import { AT_ONCE, CONFIG, openPlatform, SLEEPER, startStandIn } from './testing/stand-in.ts';

const ALL = {
  'google-meet': 'meeboter-google-meet',
  'microsoft-teams': 'meeboter-google-meet',
  zoom: 'meeboter-google-meet',
};
let ecs: Ecs | undefined;
afterEach(() => ecs?.close());

async function check(
  config: Partial<AwsConfig> = {},
  options: Partial<EcsOptions> = {},
  break_ = (_: Ecs) => {},
) {
  const running = await startStandIn(options);
  ecs = running;
  break_(running);
  const { client } = openPlatform(running);
  const findings = await createCheck(
    client,
    { ...CONFIG, taskDefinitions: ALL, ...config },
    AT_ONCE,
  )(new AbortController().signal);
  client.destroy();
  return findings.map(({ level, text }) => `${level}: ${text}`);
}

it('is content with a cluster and task definitions that fit', async () => {
  const findings = await check({ capacity: 'spot' });
  expect(findings).toHaveLength(4);
  expect(findings[0]).toBe('ok: the cluster bots is there');
  expect(findings[1]).toMatch(
    /^ok: AWS_ECS_TASK_DEF_GOOGLE_MEET: meeboter-google-meet:1, 2 vCPU and 4096 MiB a bot/,
  );
});

it.each<[string, string, Partial<AwsConfig>, Partial<EcsOptions>]>([
  ['a cluster', 'error: the cluster none is not there', { cluster: 'none' }, {}],
  [
    'Spot',
    'error: the cluster has no capacity provider FARGATE_SPOT',
    { capacity: 'spot' },
    { providers: ['FARGATE'] },
  ],
  ['a container', 'error: AWS_ECS_TASK_DEF_ZOOM: it has no container none', { container: 'none' }, {}],
  [
    'a task definition',
    'error: ECS DescribeTaskDefinition: ClientException: TaskDefinition not found.',
    { taskDefinitions: { ...ALL, zoom: 'none' } },
    {},
  ],
  [
    'a variable',
    'warning: AWS_ECS_TASK_DEF_ZOOM is not set: bots of that meeting platform cannot run here',
    { taskDefinitions: { ...ALL, zoom: undefined } },
    {},
  ],
  [
    'time to leave',
    'error: AWS_ECS_TASK_DEF_GOOGLE_MEET: a bot is killed 5 s after it was told to stop',
    {},
    {
      taskDefinitions: {
        'meeboter-google-meet': { container: 'bot', program: SLEEPER, stopTimeoutMs: 5_000 },
      },
    },
  ],
])('misses %s', async (_, finding, config, options) => {
  expect(await check(config, options)).toContain(finding);
});

it('goes on where it may not look', async () => {
  const denied = new ApiError('AccessDeniedException', 'not authorized to perform: ecs:DescribeClusters');
  const findings = await check({}, {}, ({ faults }) => faults.failNext('DescribeClusters', denied));
  expect(findings[0]).toMatch(/^warning: not checked: .*ecs:DescribeClusters/);
  expect(findings).toHaveLength(4);
});

it('says that ECS is away', async () => {
  const away = check({}, {}, ({ faults }) => {
    faults.isAway = true;
  });
  await expect(away).rejects.toMatchObject({ kind: 'transient' });
});
