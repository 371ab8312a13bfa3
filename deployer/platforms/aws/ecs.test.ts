// What the platform does beyond the contract: with the real client, against the stand-in for ECS.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Ecs } from '../../../lab/ecs/server.ts';
import type { Platform, RuntimeRef, RuntimeSpec } from '../platform.ts';
import type { AwsConfig } from './settings.ts';
import { keys, openPlatform, SETTLE_MS, specOf, startStandIn } from './testing/stand-in.ts';

const { signal } = new AbortController();
const SOON = { timeout: 10_000, interval: 20 };
const SPOT_FIRST: Partial<AwsConfig> = { capacity: 'spot-then-fargate' };

let ecs: Ecs;
let closers: (() => unknown)[];
beforeEach(async () => {
  ecs = await startStandIn();
  closers = [];
});
afterEach(async () => {
  for (const close of closers) await close();
  await ecs.close();
});

function open(
  ...[config, options]: Parameters<typeof openPlatform> extends [unknown, ...infer R] ? R : never
) {
  const { platform, client } = openPlatform(ecs, config, options);
  closers.push(() => client.destroy());
  return platform;
}
const refOf = (spec: RuntimeSpec, externalRef: string | null = null): RuntimeRef => ({
  ...{ deploymentId: spec.deploymentId, externalRef, slot: spec.slot },
});
const bodiesOf = (operation: Ecs['calls'][number]['operation']) =>
  ecs.calls.filter((call) => call.operation === operation).map(({ body }) => body);
const see = (platform: Platform, spec: RuntimeSpec) => platform.observe(refOf(spec), signal);
async function run(platform: Platform, spec: RuntimeSpec): Promise<string> {
  const ref = await platform.start(spec, signal);
  await expect.poll(() => see(platform, spec), SOON).toEqual({ state: 'running' });
  return ref;
}
const taskOf = (spec: RuntimeSpec) => {
  const [task, ...others] = ecs.cluster.of(spec.deploymentId);
  if (!task || others.length > 0) throw new Error(`${others.length + (task ? 1 : 0)} tasks`);
  return task;
};

describe('a start', () => {
  it('hands over an address, the claim token, and nothing else', async () => {
    const spec = specOf();
    await open().start(spec, signal);
    expect(bodiesOf('RunTask')).toEqual([
      expect.objectContaining({
        clientToken: `${spec.deploymentId}-od`,
        startedBy: `meeboter/${spec.deploymentId}`,
        launchType: 'FARGATE',
        taskDefinition: 'meeboter-google-meet',
        overrides: {
          containerOverrides: [
            {
              name: 'bot',
              environment: [
                { name: 'MEEBOTER_API_URL', value: spec.apiUrl },
                { name: 'MEEBOTER_CLAIM_TOKEN', value: spec.claimToken },
              ],
            },
          ],
        },
      }),
    ]);
  });

  it('takes Spot where it has room, and on-demand capacity where it has none', async () => {
    const platform = open(SPOT_FIRST);
    const [first, second] = [specOf(), specOf()];
    await platform.start(first, signal);
    ecs.cluster.capacity.full.add('FARGATE_SPOT');
    const ref = await run(platform, second);
    expect(taskOf(first).options.provider).toBe('FARGATE_SPOT');
    expect(taskOf(second).options.provider).toBe('FARGATE');
    // Spot has room again: what runs on demand is found, and nothing more is started.
    ecs.cluster.capacity.full.clear();
    expect(await open(SPOT_FIRST).start(second, signal)).toBe(ref);
    expect(bodiesOf('RunTask').map(({ clientToken }) => clientToken)).toEqual([
      `${first.deploymentId}-spot`,
      `${second.deploymentId}-spot`,
      `${second.deploymentId}-od`,
    ]);
  });

  it('does not fall back when Spot is all that is allowed', async () => {
    ecs.cluster.capacity.full.add('FARGATE_SPOT');
    const start = open({ capacity: 'spot' }).start(specOf(), signal);
    await expect(start).rejects.toMatchObject({
      kind: 'capacity',
      message: expect.stringMatching(/Capacity is unavailable/),
    });
  });

  it('is refused at the quota of the account', async () => {
    ecs.cluster.capacity.mostTasks = 0;
    const platform = open();
    const spec = specOf();
    await expect(platform.start(spec, signal)).rejects.toMatchObject({
      kind: 'capacity',
      message: expect.stringMatching(/vCPUs/),
    });
    // Nothing was started for certain, so that the slot is free at once.
    expect(await see(platform, spec)).toEqual({ state: 'gone' });
  });

  it('adopts the task of an earlier start with other settings', async () => {
    const spec = specOf();
    const ref = await open().start(spec, signal);
    expect(await open({ subnets: ['subnet-9'] }).start(spec, signal)).toBe(ref);
  });

  it.each([
    ['a task definition is missing', { meetingPlatform: 'zoom' }, 'AWS_ECS_TASK_DEF_ZOOM is not set'],
    ['the overrides are too long', { apiUrl: `http://host/${'x'.repeat(8_192)}` }, 'ECS takes 8192'],
  ] as const)('is refused before any call when %s', async (_, more, message) => {
    await expect(open().start(specOf(more), signal)).rejects.toMatchObject({
      kind: 'config',
      message: expect.stringContaining(message),
    });
    expect(ecs.calls).toEqual([]);
  });

  it.each([
    ['a cluster', { cluster: 'none' }, 'Cluster not found.'],
    ['a container', { container: 'none' }, 'Override for container named none'],
    [
      'a task definition',
      { taskDefinitions: { 'google-meet': 'none', 'microsoft-teams': undefined, zoom: undefined } },
      'TaskDefinition not found.',
    ],
  ])('says in the words of AWS that %s does not exist', async (_, config, message) => {
    const start = open(config).start(specOf(), signal);
    await expect(start).rejects.toMatchObject({ kind: 'config', message: expect.stringContaining(message) });
  });
});

describe('throttling', () => {
  const waits: number[] = [];
  const backoff = { pause: async (ms: number) => void waits.push(ms), random: () => 0.5 };
  beforeEach(() => void waits.splice(0));

  it('is waited out, also under another name', async () => {
    ecs.faults.throttleNext('RunTask', 3);
    await open({}, { backoff }).start(specOf(), signal);
    expect(waits).toEqual([500, 1_000, 2_000]);
  });

  it('is left to the job after five calls, and has started nothing', async () => {
    ecs.faults.throttleNext('RunTask', 5);
    const platform = open({}, { backoff });
    const spec = specOf();
    await expect(platform.start(spec, signal)).rejects.toMatchObject({ kind: 'transient' });
    expect(waits).toHaveLength(4);
    expect(await see(platform, spec)).toEqual({ state: 'gone' });
  });

  it("meets Fargate's limit of launches", async () => {
    ecs.cluster.capacity.limitLaunches({ burst: 2, perSecond: 20 });
    const starve = { ...backoff, pause: async (ms: number) => ecs.cluster.skip(ms) };
    const platform = open({}, { backoff: starve });
    const specs = Array.from({ length: 6 }, () => specOf());
    await Promise.all(specs.map((spec) => platform.start(spec, signal)));
    expect(bodiesOf('RunTask').length).toBeGreaterThan(specs.length);
  });
});

describe('credentials', () => {
  it('are asked for anew once when they have expired', async () => {
    ecs.faults.expired.add('old');
    const given = ['old', 'lab'];
    await open({}, { credentials: async () => keys(given.shift() ?? 'lab') }).start(specOf(), signal);
    expect(given).toEqual([]);
  });

  it('that have expired for good are a fault of the configuration', async () => {
    ecs.faults.expired.add('lab');
    await expect(open().start(specOf(), signal)).rejects.toMatchObject({
      kind: 'config',
      message: expect.stringMatching(/expired/),
    });
  });
});

describe('the list', () => {
  it('has all pages, and nothing of another installation', async () => {
    ecs.cluster.isHeld = true;
    const platform = open();
    const ids: string[] = [];
    for (let n = 0; n < 230; n += 1) {
      const spec = specOf();
      ids.push(spec.deploymentId);
      await platform.start(spec, signal);
    }
    await open({ owner: 'staging' }).start(specOf(), signal);
    const listed = async () => (await open().list(signal)).map(({ deploymentId }) => deploymentId).sort();
    await expect.poll(listed, SOON).toEqual(ids.sort());
    // All of them are observed with few calls.
    const before = bodiesOf('DescribeTasks').length;
    const refs = await platform.list(signal);
    const seen = await Promise.all(refs.map((ref) => platform.observe(ref, signal)));
    expect(new Set(seen.map(({ state }) => state))).toEqual(new Set(['starting']));
    // Three for the list, and one for each hundred.
    expect(bodiesOf('DescribeTasks').length - before).toBeLessThanOrEqual(3 + 4);
  });
});

describe('a task of the cluster that was used before', () => {
  it('is unknown where that is not to be seen, and hides no other', async () => {
    const platform = open();
    const spec = specOf();
    const ref = await run(platform, spec);
    const elsewhere = refOf(specOf(), ref.replace('task/bots', 'task/before'));
    const seen = [platform.observe(elsewhere, signal), see(platform, spec)];
    expect(await Promise.all(seen)).toMatchObject([
      { state: 'unknown', detail: expect.stringContaining('Cluster not found.') },
      { state: 'running' },
    ]);
  });
});

describe('an end', () => {
  const ended = (platform: Platform, spec: RuntimeSpec, end: object) =>
    expect.poll(() => see(platform, spec), SOON).toMatchObject({ state: 'ended', ...end });

  it('by an interruption of Spot: the bot is told, and may finish', async () => {
    const script =
      'setInterval(() => 0, 1e3); process.on("SIGTERM", () => setTimeout(() => process.exit(0), 300)); console.log("ready");';
    const logDir = await mkdtemp(join(tmpdir(), 'meeboter-ecs-'));
    closers.push(() => rm(logDir, { recursive: true, force: true }));
    await ecs.close();
    ecs = await startStandIn({
      taskDefinitions: {
        'meeboter-google-meet': {
          container: 'bot',
          program: { command: process.execPath, args: ['-e', script], logDir },
        },
      },
    });
    const spec = specOf();
    const platform = open({ capacity: 'spot' });
    const ref = await run(platform, spec);
    // The program listens to signals a moment after its process was made.
    const log = join(logDir, `${ref.split('/').at(-1)}.log`);
    await expect.poll(() => readFile(log, 'utf8'), SOON).toContain('ready');
    taskOf(spec).interrupt();
    expect(await see(platform, spec)).toEqual({ state: 'running' });
    await ended(platform, spec, { cause: 'evicted', exitCode: 0 });
  });

  it.each([
    [
      'too little memory',
      (spec: RuntimeSpec) => taskOf(spec).runOutOfMemory(),
      { cause: 'out_of_memory', exitCode: 137 },
    ],
    ['a lost machine', (spec: RuntimeSpec) => taskOf(spec).loseMachine(), { cause: 'evicted' }],
    ['somebody with the console', (spec: RuntimeSpec) => taskOf(spec).stop('by hand'), { cause: 'stopped' }],
  ])('by %s', async (_, act, end) => {
    const platform = open();
    const spec = specOf();
    await run(platform, spec);
    act(spec);
    await ended(platform, spec, end);
  });

  it('before the container ran', async () => {
    ecs.cluster.failNextWith = 'CannotPullContainerError: pull image manifest: not found';
    const platform = open();
    const spec = specOf();
    await platform.start(spec, signal);
    await ended(platform, spec, { cause: 'image_unavailable', detail: expect.stringMatching(/not found/) });
  });

  it('is remembered by ECS for an hour, and then gone', async () => {
    let nowMs = 0;
    const [platform, anew] = [open(), open({}, { nowMs: () => nowMs })];
    const spec = specOf();
    const ref = await run(platform, spec);
    taskOf(spec).stop('by hand');
    await ended(platform, spec, {});
    ecs.cluster.skip(3_600_001);
    expect(await see(platform, spec)).toEqual({ state: 'gone' });
    // A deployer that never saw it waits: a task that was just started looks the same.
    expect(await anew.observe(refOf(spec, ref), signal)).toMatchObject({ state: 'starting' });
    nowMs += SETTLE_MS;
    expect(await anew.observe(refOf(spec, ref), signal)).toEqual({ state: 'gone' });
    await platform.requestStop(refOf(spec, ref), 1_000, signal);
  });

  it('of a task that ECS did not show yet when it was to be stopped', async () => {
    const platform = open();
    const spec = specOf();
    const ref = await platform.start(spec, signal);
    await platform.requestStop(refOf(spec, ref), 1_000, signal);
    await ended(platform, spec, { cause: 'stopped' });
  });
});

describe('an answer of another form', () => {
  it.each([
    ['a page', 500, '<html>Bad gateway</html>'],
    ['no JSON', 200, '<html>'],
    ['a task without an ARN', 200, '{"tasks":[{}]}'],
    ['another type', 200, '{"tasks":{"a":1}}'],
  ])('%s is a transient fault', async (_, status, body) => {
    const server = createServer((_request, response) => {
      response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(body);
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const address = server.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    const { platform, client } = openPlatform({ url: `http://127.0.0.1:${port}` });
    closers.push(
      () => client.destroy(),
      () => server.close(),
    );
    await expect(platform.start(specOf(), signal)).rejects.toMatchObject({ kind: 'transient' });
    expect(await see(platform, specOf())).toMatchObject({ state: 'unknown' });
  });
});
