// The watch: hints come at once, and go on to come after whatever ends a watch.
import { afterEach, beforeEach, expect, it } from 'vitest';
import { exitsWith, IMAGE, type Lab, specOf, startLab } from './testing/cluster.ts';
import { type WatchOptions, watchRuntimes } from './watch.ts';

const { signal } = new AbortController();
const SOON = { timeout: 10_000, interval: 20 };
/** Longer than any test: what comes has come by a watch. */
const NEVER_MS = 600_000;

let lab: Lab;
let hints: string[];
let errors: unknown[];
let end: (() => Promise<void>) | undefined;
beforeEach(async () => {
  lab = await startLab(exitsWith(0));
  [hints, errors] = [[], []];
});
afterEach(async () => {
  await end?.();
  await lab.cluster.close();
});

function watch(options: Partial<WatchOptions> = {}) {
  end = watchRuntimes({
    client: lab.client(),
    nodeWaitMs: IMAGE.nodeWaitMs,
    onHint: (id) => hints.push(id),
    onError: (error) => errors.push(error),
    ...{ resyncMs: NEVER_MS, restartMs: 20, ...options },
  });
}
/** Has a runtime start and end, and waits for the hint. */
async function expectHint() {
  const spec = specOf();
  await lab.platform().start(spec, signal);
  await expect.poll(() => hints, SOON).toContain(spec.deploymentId);
}

it('tells that a runtime has ended', async () => {
  watch();
  await expectHint();
  expect(errors).toEqual([]);
});

it('tells that a runtime has disappeared', async () => {
  const spec = specOf();
  lab.cluster.faults.hold = 'pulling';
  await lab.platform().start(spec, signal);
  watch();
  await expect.poll(() => lab.cluster.pods(spec.deploymentId).length, SOON).toBe(1);
  await expect.poll(() => lab.cluster.watches(), SOON).toBe(2);
  lab.cluster.vanish(spec.deploymentId);
  await expect.poll(() => hints, SOON).toContain(spec.deploymentId);
});

it.each(['stream 410', 410, 500, 'drop'] as const)('survives the end of a watch by %s', async (how) => {
  lab.cluster.faults.breakWatch = how;
  watch();
  await expectHint();
  expect(lab.cluster.faults.breakWatch).toBe(null);
});

it('survives lost connections, and a server that is away for a while', async () => {
  watch();
  await expectHint();
  const { faults } = lab.cluster;
  faults.away = 503;
  lab.cluster.dropConnections();
  await expect.poll(() => errors.length, SOON).toBeGreaterThan(1);
  faults.away = null;
  await expectHint();
});

it('finds by its list what no watch shows: a Job that gets no pod', async () => {
  lab.cluster.faults.podQuota = 0;
  const spec = specOf();
  await lab.platform().start(spec, signal);
  watch({ resyncMs: 30, now: () => Date.now() + 10_000 });
  await expect.poll(() => hints, SOON).toContain(spec.deploymentId);
});

it('leaves no watch behind when it is ended before it has begun', async () => {
  lab.cluster.faults.slowMs = 50;
  watch();
  await expect.poll(() => lab.cluster.requests(), SOON).toBeGreaterThan(1);
  await end?.();
  lab.cluster.faults.slowMs = 0;
  expect(await lab.client().listJobs('a=b', signal)).toEqual([]);
  expect(lab.cluster.watches()).toBe(0);
  expect(errors).toEqual([]);
});

it('survives credentials that cannot be read for a while', async () => {
  const client = lab.client();
  let isBroken = true;
  const config = () => {
    const it = client.config();
    if (!isBroken) return it;
    isBroken = false;
    it.applySecurityAuthentication = () => Promise.reject(new Error('no token file'));
    return it;
  };
  watch({ client: { ...client, config } });
  await expect.poll(() => errors, SOON).toContainEqual(new Error('no token file'));
});

it('ends when it is told to', async () => {
  watch();
  await expect.poll(() => lab.cluster.watches(), SOON).toBe(2);
  await end?.();
  await expect.poll(() => lab.cluster.watches(), SOON).toBe(0);
  expect(errors).toEqual([]);
});
