// The traps of a cluster, as the stand-in shows them: what would go wrong with Jobs other than ours.
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { JobObject, PodObject } from './objects.ts';
import { type Cluster, startCluster } from './server.ts';

const SOON = { timeout: 5_000, interval: 10 };
const JOBS = '/apis/batch/v1/namespaces/bots/jobs';
const PODS = '/api/v1/namespaces/bots/pods';

let cluster: Cluster;
beforeEach(async () => {
  cluster = await startCluster({
    command: process.execPath,
    args: ['--eval', 'setInterval(() => undefined, 1_000)'],
  });
  cluster.faults.anonymous = true;
});
afterEach(() => cluster.close());

async function ask(method: string, path: string, body?: unknown) {
  const sent = body === undefined ? {} : { body: JSON.stringify(body) };
  const response = await fetch(`${cluster.url}${path}`, { method, ...sent });
  return { code: response.status, body: (await response.json()) as Record<string, unknown> };
}
const jobWith = (spec: object = {}) => ({
  metadata: { name: 'one' },
  spec: {
    template: { spec: { restartPolicy: 'Never', containers: [{ name: 'bot', image: 'bot:1' }] } },
    ...spec,
  },
});
const pods = () => cluster.store.all<PodObject>('pods');
const conditions = () =>
  (cluster.store.get<JobObject>('jobs', 'one')?.status.conditions ?? []).map(({ type }) => type);
async function running(spec: object = {}) {
  expect(await ask('POST', JOBS, jobWith(spec))).toMatchObject({ code: 201 });
  await expect.poll(() => pods().map(({ status }) => status.phase), SOON).toEqual(['Running']);
  return pods()[0]?.metadata.name ?? '';
}

it('replaces a pod as soon as it is being deleted, whatever the backoff limit', async () => {
  const first = await running({ backoffLimit: 0 });
  await ask('DELETE', `${PODS}/${first}?gracePeriodSeconds=60`);
  await expect.poll(() => pods().length, SOON).toBe(2);
});

it.each([
  ['its policy', { podReplacementPolicy: 'Failed' }],
  ['a pod failure policy', { podFailurePolicy: { rules: [] } }],
])('waits with a replacement because of %s, and fails the Job', async (_name, spec) => {
  const first = await running({ backoffLimit: 0, ...spec });
  await ask('DELETE', `${PODS}/${first}`);
  await expect.poll(conditions, SOON).toEqual(['FailureTarget', 'Failed']);
  expect(pods()).toEqual([]);
});

it('leaves the pods of a Job that is deleted without a policy', async () => {
  await running();
  await ask('DELETE', `${JOBS}/one`);
  await new Promise((done) => setTimeout(done, 50));
  expect(pods()).toMatchObject([{ status: { phase: 'Running' } }]);
  expect(pods()[0]?.metadata.ownerReferences).toBeUndefined();
});

it.each(['Background', 'Foreground'])('deletes pods with their Job: %s', async (policy) => {
  await running();
  await ask('DELETE', `${JOBS}/one`, { propagationPolicy: policy });
  expect(cluster.store.all('jobs')).toHaveLength(policy === 'Foreground' ? 1 : 0);
  await expect.poll(() => [pods(), cluster.store.all('jobs')], SOON).toEqual([[], []]);
});

it('says that a Job is failing before its pods have ended', async () => {
  const seen: string[][] = [];
  await running();
  cluster.store.change<JobObject>('jobs', 'one', ({ metadata }) => {
    metadata.labels = { 'meeboter/deployment-id': 'dep_1' };
  });
  cluster.store.onChange(() => seen.push([...conditions(), `${pods().length} pods`]));
  cluster.passDeadline('dep_1');
  await expect.poll(conditions, SOON).toContain('Failed');
  expect(seen).toContainEqual(['FailureTarget', '1 pods']);
});

it('refuses bodies as the server does', async () => {
  const typo = jobWith({ backofLimit: 0 });
  expect(await ask('POST', `${JOBS}?fieldValidation=Strict`, typo)).toMatchObject({
    code: 400,
    body: { kind: 'Status', message: 'strict decoding error: unknown field "spec.backofLimit"' },
  });
  expect(await ask('POST', JOBS, typo)).toMatchObject({ code: 201 });
  expect(await ask('POST', JOBS, jobWith())).toMatchObject({ code: 409, body: { reason: 'AlreadyExists' } });
  const wrong = jobWith({ ttlSecondsAfterFinished: '1' });
  expect(await ask('POST', JOBS, wrong)).toMatchObject({ code: 422, body: { reason: 'Invalid' } });
  const name = { ...jobWith(), metadata: { name: 'Bot_1' } };
  expect(await ask('POST', JOBS, name)).toMatchObject({ code: 422 });
});

it('forgets old versions: a watch gets 410 in its stream', async () => {
  cluster.store.compact();
  const response = await fetch(`${cluster.url}${JOBS}?watch=true&resourceVersion=1`);
  expect(response.status).toBe(200);
  expect(JSON.parse(await response.text())).toMatchObject({ type: 'ERROR', object: { code: 410 } });
});
