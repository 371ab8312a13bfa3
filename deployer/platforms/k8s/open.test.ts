// What is checked before the platform is used: settings, kubeconfig, rights.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readDeployerSettings } from '@meeboter/chassis/env.ts';
import { createLog } from '@meeboter/chassis/log.ts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { OpenContext } from '../open.ts';
import { openPlatform } from '../open.ts';
import { NEEDED_RIGHTS } from './access.ts';
import { type Lab, refOf, specOf, startLab } from './testing/cluster.ts';

const { signal } = new AbortController();
const log = createLog({ level: 'silent' });
let lab: Lab;
let dir: string;
beforeEach(async () => {
  lab = await startLab();
  dir = await mkdtemp(join(tmpdir(), 'meeboter-k8s-'));
});
afterEach(async () => {
  await lab.cluster.close();
  await rm(dir, { recursive: true, force: true });
});

async function contextWith(env: Record<string, string | undefined>, kubeconfig = lab.cluster.kubeconfig()) {
  const path = join(dir, 'kubeconfig');
  await writeFile(path, kubeconfig);
  const settings = readDeployerSettings({
    DATABASE_URL: 'postgresql://localhost/x',
    MEEBOTER_SECRET: 'a secret of the tests, long enough to pass',
    ...{ K8S_NAMESPACE: 'bots', K8S_KUBECONFIG: path },
    ...{ K8S_IMAGE_REGISTRY: 'registry.example.org', K8S_IMAGE_TAG: '1.0' },
    ...env,
  });
  const context = { settings, log, apiUrl: 'http://127.0.0.1:9', onExit: () => undefined };
  return context as unknown as OpenContext;
}
const open = async (...given: Parameters<typeof contextWith>) =>
  openPlatform('k8s', await contextWith(...given));

it('opens, starts a bot with the settings, and closes', async () => {
  const platform = await open({ K8S_BOT_CPU_LIMIT: '1500m' });
  const spec = specOf();
  await platform.start(spec, signal);
  const [container] = lab.cluster.jobs(spec.deploymentId)[0]?.spec.template.spec.containers ?? [];
  expect(container).toMatchObject({
    image: 'registry.example.org/meeboter-bot:1.0',
    resources: { requests: { cpu: '1', memory: '2Gi' }, limits: { cpu: '1500m', memory: '2Gi' } },
  });
  await platform.close?.();
});

describe('refuses, and says why', () => {
  it('names everything that is missing or contradictory in one message', async () => {
    const env = {
      ...{ K8S_IMAGE_REGISTRY: undefined, K8S_IMAGE_TAG: undefined, K8S_KUBECONFIG: undefined },
      ...{ K8S_BOT_CPU_REQUEST: '2500m', K8S_BOT_MEMORY_REQUEST: '3Gi' },
    };
    const error = await open(env).catch((it: unknown) => it);
    for (const word of [
      ...['K8S_IMAGE_REGISTRY', 'K8S_IMAGE_TAG', 'K8S_KUBECONFIG'],
      ...['K8S_BOT_CPU_REQUEST (2500m)', 'K8S_BOT_MEMORY_LIMIT (2Gi)'],
    ]) {
      expect(String(error)).toContain(word);
    }
  });

  it.each([
    ['no file', { K8S_KUBECONFIG: '/nowhere/config' }, undefined, 'cannot be read (ENOENT)'],
    ['no YAML', {}, 'a: [secret-token\nb', 'does not parse'],
    ['no kubeconfig', {}, 'just text', 'does not parse'],
    ['an empty file', {}, '', 'does not parse'],
    ['a cluster without an address', {}, 'clusters: [{ name: a, cluster: {} }]', 'server is missing'],
    ['a context that is not there', {}, 'current-context: none', 'names no context'],
  ])('a kubeconfig: %s', async (_name, env, text, why) => {
    const error = await open(env, text).catch((it: unknown) => it);
    expect(String(error)).toContain('K8S_KUBECONFIG');
    expect(String(error)).toContain(why);
    expect(String(error)).not.toContain('secret-token');
  });

  it('an http address', async () => {
    const kubeconfig = lab.cluster.kubeconfig().replace('true', 'false');
    await expect(open({}, kubeconfig)).rejects.toThrow('only https');
  });

  it('credentials that the cluster refuses', async () => {
    await expect(open({}, lab.cluster.kubeconfig('another token'))).rejects.toThrow(
      'credentials are refused',
    );
  });

  it.each(NEEDED_RIGHTS)('a deployer that may not $verb $resource', async ({ verb, resource }) => {
    lab.cluster.faults.denied.add(`${verb} ${resource}`);
    await expect(open({})).rejects.toThrow(`lacks the right to ${verb} ${resource}`);
  });
});

it.each([
  ['K8S_NAMESPACE', 'Bots!'],
  ['K8S_BOT_CPU_LIMIT', 'much'],
  ['K8S_BOT_MEMORY_REQUEST', '2 GB'],
  ['K8S_IMAGE_TAG', 'a b'],
])('names %s when its value is wrong', async (name, value) => {
  await expect(contextWith({ [name]: value })).rejects.toThrow(name);
});

it('opens although the cluster is away, and works when it is back', async () => {
  lab.cluster.faults.away = 'drop';
  const platform = await open({});
  const spec = specOf();
  expect(await platform.observe(refOf(spec), signal)).toMatchObject({ state: 'unknown' });
  lab.cluster.faults.away = null;
  expect(await platform.observe(refOf(spec), signal)).toEqual({ state: 'gone' });
  await platform.close?.();
});

it('tells the doctor of rights and quotas', async () => {
  const platform = await open({});
  const check = () => platform.check?.(signal);
  expect(await check()).toEqual([{ level: 'ok', text: expect.stringContaining('namespace bots') }]);
  const counts = {
    hard: { pods: '10', 'count/jobs.batch': '5' },
    used: { pods: '10', 'count/jobs.batch': '1' },
  };
  lab.cluster.store.add('resourcequotas', { metadata: { name: 'small' }, status: counts });
  lab.cluster.faults.denied.add('delete pods');
  expect(await check()).toMatchObject([
    { level: 'error', text: expect.stringContaining('delete pods') },
    {
      level: 'warning',
      text: expect.stringContaining('pods 10 of 10'),
      todo: expect.stringContaining('Raise pods'),
    },
  ]);
  lab.cluster.faults.denied.add('list resourcequotas');
  expect(await check()).toMatchObject([{ level: 'error' }, { level: 'ok' }]);
  await platform.close?.();
});

it('reads the kubeconfig again when its token was replaced', async () => {
  const context = await contextWith({});
  const platform = await openPlatform('k8s', context);
  lab.cluster.renewToken('a newer token');
  expect(await platform.observe(refOf(specOf()), signal)).toMatchObject({ state: 'unknown' });
  await writeFile(join(dir, 'kubeconfig'), lab.cluster.kubeconfig());
  expect(await platform.observe(refOf(specOf()), signal)).toEqual({ state: 'gone' });
  await platform.close?.();
});
