// The platform Kubernetes, with its real client, against a stand-in of the cluster.
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import { confirmStop } from '../../confirm-stop.ts';
import { isOver } from '../platform.ts';
import { describeContract } from '../testing/contract.ts';
import { nameOf } from './names.ts';
import { DEAF, exitsWith, type Lab, refOf, specOf, startLab } from './testing/cluster.ts';

describeContract('Kubernetes', async () => {
  const { cluster, platform } = await startLab();
  const { faults } = cluster;
  const open = async () => platform();
  return {
    platform: await open(),
    restarted: open,
    refused: async () => platform('another token'),
    running: async (id) => cluster.running(id),
    async fill() {
      faults.jobQuota = 0;
    },
    async away() {
      faults.away = 'drop';
      cluster.dropConnections();
      return async () => {
        faults.away = null;
      };
    },
    loseNextStart() {
      faults.loseAnswerOf = 'secrets';
    },
    delayNextStart() {
      faults.late = [];
      return async () => {
        for (const takeEffect of faults.late ?? []) takeEffect();
        faults.late = null;
      };
    },
    holdStarts() {
      faults.hold = 'pulling';
      return async () => {
        faults.hold = null;
      };
    },
    vanish: async (id) => cluster.vanish(id),
    doubleNextStart() {
      faults.doubleNext = true;
    },
    close: () => cluster.close(),
  };
});

const { signal } = new AbortController();
const NOW = { patienceMs: 0, graceMs: 2_000, signal };
const SOON = { timeout: 5_000, interval: 20 };
let lab: Lab;
afterEach(() => lab?.cluster.close());

/** Starts a runtime, and waits until it runs. */
async function started(open: Promise<Lab>) {
  lab = await open;
  const platform = lab.platform();
  const spec = specOf();
  const ref = refOf(spec);
  await platform.start(spec, signal);
  return { platform, spec, ref, id: spec.deploymentId, cluster: lab.cluster };
}
async function running(program?: string) {
  const it = await started(startLab(program));
  await expect.poll(() => lab.ready(), SOON).toBe(1);
  return it;
}

it('is told that a Job was made when the answer to its creation is lost, and makes no second one', async () => {
  lab = await startLab();
  const platform = lab.platform();
  const spec = specOf();
  lab.cluster.faults.loseAnswerOf = 'jobs';
  await expect(platform.start(spec, signal)).rejects.toMatchObject({ kind: 'transient' });
  expect(await platform.observe(refOf(spec), signal)).toMatchObject({ state: 'starting' });
  expect(await platform.start(spec, signal)).toBe(`bots/${nameOf(spec.deploymentId)}`);
  await expect.poll(() => lab.cluster.running(spec.deploymentId), SOON).toBe(1);
  expect(lab.cluster.jobs(spec.deploymentId)).toHaveLength(1);
});

it('leaves a Job alone that has its name and belongs to another deployment', async () => {
  const { cluster, platform, spec, id } = await running();
  cluster.store.change('jobs', nameOf(id), ({ metadata }) => {
    metadata.labels = { ...metadata.labels, 'meeboter/deployment-id': 'dep_other' };
  });
  await expect(platform.start(spec, signal)).rejects.toMatchObject({
    kind: 'config',
    message: expect.stringContaining('does not belong'),
  });
});

it('starts nothing in place of a Job that is being deleted', async () => {
  const { cluster, platform, spec, id } = await running();
  cluster.store.change('jobs', nameOf(id), ({ metadata }) => {
    metadata.deletionTimestamp = new Date().toISOString();
  });
  await expect(platform.start(spec, signal)).rejects.toMatchObject({ kind: 'transient' });
});

it('refuses a cluster that would replace a pod which is being deleted, and leaves nothing there', async () => {
  lab = await startLab();
  lab.cluster.faults.unknownFields.add('podReplacementPolicy');
  const spec = specOf();
  await expect(lab.platform().start(spec, signal)).rejects.toMatchObject({
    kind: 'config',
    message: expect.stringContaining('1.29'),
  });
  expect(lab.cluster.jobs(spec.deploymentId)).toEqual([]);
});

it('keeps the claim token out of the Job, in a Secret that ends with it', async () => {
  const { cluster, platform, ref, spec, id } = await running();
  expect(JSON.stringify(cluster.jobs(id))).not.toContain(spec.claimToken);
  expect(cluster.store.all('secrets')).toMatchObject([
    { metadata: { name: nameOf(id), ownerReferences: [{ kind: 'Job', name: nameOf(id) }] } },
  ]);
  expect(await confirmStop(platform, ref, NOW)).toSatisfy(isOver);
  expect(cluster.store.all('secrets')).toEqual([]);
});

it('deletes the Job again when its Secret is refused for good', async () => {
  lab = await startLab();
  lab.cluster.faults.denied.add('create secrets');
  const spec = specOf();
  await expect(lab.platform().start(spec, signal)).rejects.toMatchObject({ kind: 'config' });
  expect(lab.cluster.jobs(spec.deploymentId)).toEqual([]);
});

it('does not take a conflict in counting a quota for a Secret that is there', async () => {
  lab = await startLab();
  const platform = lab.platform();
  const spec = specOf();
  const body = JSON.stringify({
    kind: 'Status',
    reason: 'Conflict',
    message: 'Operation cannot be fulfilled',
  });
  lab.cluster.faults.wrongAnswer = { to: 'create secrets', code: 409, body };
  await expect(platform.start(spec, signal)).rejects.toMatchObject({ kind: 'transient' });
  await platform.start(spec, signal);
  await expect.poll(() => lab.cluster.running(spec.deploymentId), SOON).toBe(1);
});

it.each([
  ['a 404 of something else than the API', 404, '<html>'],
  ['a page instead of JSON', 200, '<html>'],
  ['an object of another form', 200, '{}'],
])('concludes nothing from %s', async (_name, code, body) => {
  const { cluster, platform, ref } = await running();
  cluster.faults.wrongAnswer = { to: 'get jobs', code, body };
  expect(await platform.observe(ref, signal)).toMatchObject({ state: 'unknown' });
  expect(await platform.observe(ref, signal)).toEqual({ state: 'running' });
});

it('concludes nothing about a runtime of the namespace that was set before', async () => {
  lab = await startLab();
  const ref = { ...refOf(specOf()), externalRef: 'old/bot-1' };
  expect(await lab.platform().observe(ref, signal)).toMatchObject({ state: 'unknown' });
  await expect(lab.platform().requestStop(ref, 1_000, signal)).rejects.toThrow('K8S_NAMESPACE is bots now');
});

it('stops pods whose Job was deleted without them', async () => {
  const { cluster, platform, ref, id } = await running();
  const url = `${cluster.url}/apis/batch/v1/namespaces/bots/jobs/${nameOf(id)}`;
  const { token } = JSON.parse(cluster.kubeconfig()).users[0].user;
  await fetch(url, { method: 'DELETE', headers: { authorization: `Bearer ${token}` } });
  await delay(50);
  expect(await platform.observe(ref, signal)).toEqual({ state: 'running' });
  expect(await platform.list(signal)).toMatchObject([{ deploymentId: id }]);
  expect(await confirmStop(platform, ref, NOW)).toSatisfy(isOver);
});

it('kills a pod that does not leave within the grace time of the stop, not within its own of two minutes', async () => {
  const { platform, ref } = await running(DEAF);
  await platform.requestStop(ref, 1_000, signal);
  expect(await platform.observe(ref, signal)).toEqual({ state: 'running' });
  await expect.poll(() => platform.observe(ref, signal), SOON).toEqual({ state: 'gone' });
});

it('creates no second pod when somebody deletes the first', async () => {
  const { cluster, platform, ref, id } = await running();
  const [pod] = cluster.pods(id);
  await lab.client().deletePod(pod?.metadata.name ?? '', 1, signal);
  await expect.poll(() => platform.observe(ref, signal), SOON).toMatchObject({ state: 'ended' });
  await delay(50);
  expect(cluster.pods(id)).toEqual([]);
  expect(await platform.list(signal)).toEqual([]);
});

it('sees the end of the bot although another container of the pod goes on', async () => {
  lab = await startLab(exitsWith(3));
  lab.cluster.faults.sidecar = true;
  const spec = specOf();
  await lab.platform().start(spec, signal);
  const seen = () => lab.platform().observe(refOf(spec), signal);
  await expect.poll(seen, SOON).toEqual({ state: 'ended', cause: 'exited', exitCode: 3 });
  expect(await confirmStop(lab.platform(), refOf(spec), NOW)).toSatisfy(isOver);
});

it('knows how a runtime has ended until the Job is deleted by its age', async () => {
  const { cluster, platform, ref } = await started(startLab(exitsWith(0)));
  const ended = { state: 'ended', cause: 'exited', exitCode: 0 };
  await expect.poll(() => platform.observe(ref, signal), SOON).toEqual(ended);
  await expect.poll(() => platform.list(signal), SOON).toEqual([]);
  cluster.expireFinished();
  expect(await platform.observe(ref, signal)).toEqual({ state: 'gone' });
});

it.each([
  ['out_of_memory', 137, 'outOfMemory'],
  ['deadline', null, 'passDeadline'],
  // It leaves in good order, with exit code 0.
  ['evicted', 0, 'evict'],
] as const)('says that a runtime ended by %s', async (cause, exitCode, happen) => {
  const { cluster, platform, ref, id } = await running();
  cluster[happen](id);
  const ended = { state: 'ended', cause, ...(exitCode === null ? {} : { exitCode }) };
  await expect.poll(() => platform.observe(ref, signal), SOON).toMatchObject(ended);
});

it('says at once that the quota of pods is used up, which only an event tells', async () => {
  lab = await startLab();
  const { faults } = lab.cluster;
  faults.podQuota = 0;
  const platform = lab.platform();
  const spec = specOf();
  const ref = refOf(spec);
  await platform.start(spec, signal);
  await expect
    .poll(() => platform.observe(ref, signal), SOON)
    .toMatchObject({ state: 'ended', cause: 'no_room', detail: expect.stringContaining('exceeded quota') });
  // Room appears after the stop: no pod may follow.
  await platform.requestStop(ref, 1_000, signal);
  faults.podQuota = Number.POSITIVE_INFINITY;
  await delay(50);
  expect(await platform.observe(ref, signal)).toEqual({ state: 'gone' });
});

it('says that the admission refuses its pods', async () => {
  lab = await startLab();
  lab.cluster.faults.podsRefused = 'violates PodSecurity "restricted:latest"';
  const spec = specOf();
  await lab.platform().start(spec, signal);
  await expect
    .poll(() => lab.platform().observe(refOf(spec), signal), SOON)
    .toMatchObject({ state: 'ended', cause: 'misconfigured' });
});

it('lists more runtimes than a page holds, and begins anew when a page is too old', async () => {
  lab = await startLab(exitsWith(0));
  const { store } = lab.cluster;
  const { client } = lab;
  const jobs = Array.from({ length: 1_001 }, (_, number) => `bot-${number}`);
  for (const name of jobs) {
    store.add('jobs', { metadata: { name, labels: { of: 'test' } }, spec: { suspend: true }, status: {} });
  }
  expect(await client().listJobs('of=test', signal)).toHaveLength(1_001);
  let pages = 0;
  lab.cluster.onList = () => {
    pages += 1;
    if (pages === 2) store.compact();
  };
  expect(await client().listJobs('of=test', signal)).toHaveLength(1_001);
  expect(pages).toBeGreaterThan(3);
});

it('asks again where the server has no time, and gives up where it does not answer', async () => {
  lab = await startLab();
  lab.cluster.faults.tooManyRequests = 2;
  expect(await lab.platform().list(signal)).toEqual([]);
  lab.cluster.faults.away = 'hang';
  const platform = lab.platform(undefined, { client: lab.client(undefined, 100) });
  await expect(platform.list(signal)).rejects.toMatchObject({ kind: 'transient' });
});
