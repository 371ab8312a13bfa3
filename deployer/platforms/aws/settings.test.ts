// Missing and contradictory variables, all named in one message.
import { expect, it, vi } from 'vitest';
import { z } from 'zod';
import { testSettings } from '../../../e2e/support/test-settings.ts';
import { openPlatform } from '../open.ts';
import { awsShape, missingTaskDefinitions, readConfig } from './settings.ts';

const parse = (env: Record<string, string>) => z.object(awsShape).parse(env);
const GOOD = {
  AWS_REGION: 'eu-central-1',
  AWS_ECS_CLUSTER: 'bots',
  AWS_ECS_SUBNETS: 'subnet-1, subnet-2',
  AWS_ECS_TASK_DEF_GOOGLE_MEET: 'meeboter-google-meet',
};

it('names everything that is missing', () => {
  expect(() => readConfig(parse({}))).toThrow(
    'The platform aws cannot be used: AWS_REGION is not set; AWS_ECS_CLUSTER is not set; AWS_ECS_SUBNETS is not set; AWS_ECS_TASK_DEF_GOOGLE_MEET is not set.',
  );
  expect(() => readConfig(parse({ ...GOOD, AWS_ECS_SUBNETS: ' , ' }))).toThrow('AWS_ECS_SUBNETS is not set.');
});

it('names lists that are longer than AWS allows', () => {
  const many = (prefix: string, n: number) => Array.from({ length: n }, (_, i) => `${prefix}-${i}`).join(',');
  const env = { ...GOOD, AWS_ECS_SUBNETS: many('subnet', 17), AWS_ECS_SECURITY_GROUPS: many('sg', 6) };
  expect(() => readConfig(parse(env))).toThrow(
    'AWS_ECS_SUBNETS names 17, and AWS allows 16; AWS_ECS_SECURITY_GROUPS names 6, and AWS allows 5.',
  );
});

it('reads what is set, and knows which meeting platforms have no task definition', () => {
  const config = readConfig(
    parse({ ...GOOD, AWS_ECS_ASSIGN_PUBLIC_IP: 'true', AWS_ECS_TASK_DEF_ZOOM: 'zoom' }),
  );
  expect(config).toMatchObject({
    subnets: ['subnet-1', 'subnet-2'],
    securityGroups: [],
    assignPublicIp: true,
    capacity: 'fargate',
  });
  expect(missingTaskDefinitions(config)).toEqual(['AWS_ECS_TASK_DEF_MICROSOFT_TEAMS']);
});

it.each([
  ['AWS_ECS_ASSIGN_PUBLIC_IP', 'yes'],
  ['AWS_CAPACITY', 'ec2'],
  ['AWS_ECS_OWNER', 'two words'],
  ['AWS_ENDPOINT_URL_ECS', 'localhost'],
])('refuses %s=%s', (name, value) => {
  expect(() => parse({ ...GOOD, [name]: value })).toThrow(name);
});

const open = (env: Record<string, string>, log = { warn: vi.fn() }) =>
  openPlatform('aws', {
    settings: testSettings(env),
    apiUrl: 'http://localhost:3000',
    log,
  } as unknown as Parameters<typeof openPlatform>[1]);

it('opens with the credentials of the environment, and warns of what will not work', async () => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'key').stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
  const log = { warn: vi.fn() };
  try {
    const platform = await open(GOOD, log);
    await platform.close?.();
  } finally {
    vi.unstubAllEnvs();
  }
  expect(log.warn.mock.calls.flat()).toEqual([
    { missing: ['AWS_ECS_TASK_DEF_MICROSOFT_TEAMS', 'AWS_ECS_TASK_DEF_ZOOM'] },
    expect.stringContaining('no task definition'),
    { apiUrl: 'http://localhost:3000' },
    expect.stringContaining('API_PUBLIC_URL'),
  ]);
});

it('says that there are no credentials', async () => {
  for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) vi.stubEnv(name, undefined);
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
  for (const name of ['AWS_SHARED_CREDENTIALS_FILE', 'AWS_CONFIG_FILE']) vi.stubEnv(name, '/nowhere');
  try {
    await expect(open(GOOD)).rejects.toThrow(
      'The platform aws cannot be used: there are no AWS credentials.',
    );
  } finally {
    vi.unstubAllEnvs();
  }
});
