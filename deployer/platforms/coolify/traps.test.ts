// What Coolify does beyond its own description, one test for each trap.
import { createLog } from '@meeboter/chassis/log.ts';
import { idleProgram } from '@meeboter/lab/coolify/program.ts';
import { afterEach, describe, expect, it } from 'vitest';
import { confirmStop } from '../../confirm-stop.ts';
import { isOver, type RuntimeRef, type RuntimeSpec } from '../platform.ts';
import type { CoolifyPlatform } from './coolify.ts';
import { nameOf } from './names.ts';
import { jumpingClock } from './testing/clock.ts';
import { openStandIn, type StandIn, specOf } from './testing/stand-in.ts';

const { signal } = new AbortController();
const PATIENT = { timeout: 10_000, interval: 20 };

let standIn: StandIn;
let platform: CoolifyPlatform;
async function open(lab: Parameters<typeof openStandIn>[0] = {}): Promise<StandIn['coolify']['world']> {
  standIn = await openStandIn(lab);
  platform = standIn.open();
  return standIn.coolify.world;
}
afterEach(async () => {
  platform.close();
  await standIn.coolify.close();
  expect(standIn.coolify.violations).toEqual([]);
});

const refOf = (spec: RuntimeSpec, externalRef: string | null = null): RuntimeRef => ({
  ...{ deploymentId: spec.deploymentId, externalRef, slot: spec.slot },
});
const running = (spec: RuntimeSpec) => standIn.coolify.world.running('MEEBOTER_SLOT_ID', spec.slot.id);
const state = async (spec: RuntimeSpec, ref: string | null = null) =>
  (await platform.observe(refOf(spec, ref), signal)).state;
const count = (request: string) => standIn.coolify.requests.filter((it) => it === request).length;
async function started(spec: RuntimeSpec): Promise<string> {
  const ref = await platform.start(spec, signal);
  await expect.poll(() => state(spec, ref), PATIENT).toBe('running');
  return ref;
}
const stop = (spec: RuntimeSpec) =>
  confirmStop(platform, refOf(spec), { patienceMs: 0, graceMs: 1_000, signal });

describe('applications', () => {
  it('are made once for a slot, with static variables, and used again', async () => {
    const world = await open();
    const first = specOf();
    await started(first);
    expect(await stop(first)).toSatisfy(isOver);
    const second = specOf({ slot: first.slot });
    await started(second);
    expect(world.applications).toHaveLength(1);
    const [application] = world.applications;
    expect(application?.name).toBe(nameOf(first.slot));
    expect(application?.tags).toEqual(['meeboter']);
    expect(application?.fields).toMatchObject({ autogenerate_domain: false, stop_grace_period: 30 });
    expect(application?.containers[0]?.env).toMatchObject({
      MEEBOTER_API_URL: first.apiUrl,
      MEEBOTER_SLOT_ID: first.slot.id,
      MEEBOTER_SLOT_TOKEN: first.slotToken,
    });
    expect(JSON.stringify(application?.containers[0]?.env)).not.toContain(second.claimToken);
    expect(standIn.book.rows.get(first.slot.id)?.slot.application).toBe(application?.uuid);
  });

  it('are not made twice when the answer to their creation is lost', async () => {
    const world = await open();
    world.faults.loseCreateAnswers = 1;
    const spec = specOf();
    await expect(platform.start(spec, signal)).rejects.toMatchObject({ kind: 'transient' });
    await started(spec);
    expect(world.applications).toHaveLength(1);
  });

  it('are made when their uuid is remembered and Coolify has none of it', async () => {
    const world = await open();
    const spec = specOf({ slot: { id: 'slt_known', number: 1, application: 'deleted-by-hand' } });
    await started(spec);
    expect(world.applications).toHaveLength(1);
  });

  it('two of one name: the oldest is kept, the other deleted', async () => {
    const world = await open();
    const spec = specOf();
    const [old, young] = [world.newApplication(), world.newApplication()];
    for (const it of [old, young]) it.name = nameOf(spec.slot);
    await started(spec);
    await expect.poll(() => world.applications).toEqual([old]);
    expect(running(spec)).toBe(1);
  });

  it('two of one name: one that runs is kept too, whatever Coolify shows', async () => {
    const world = await open();
    const spec = specOf();
    const [old, young] = [world.newApplication(), world.newApplication()];
    for (const it of [old, young]) it.name = nameOf(spec.slot);
    young.start(idleProgram, 0);
    world.faults.showsAllExited = true;
    await platform.start(spec, signal);
    expect(world.applications).toEqual([old, young]);
    world.faults.showsAllExited = false;
    await expect.poll(() => running(spec), PATIENT).toBe(1);
    expect(await stop(spec)).toSatisfy(isOver);
    expect(young.containers).toEqual([]);
  });

  it('nothing is made or deleted because of a short list', async () => {
    const world = await open();
    const spec = specOf();
    const ref = await started(spec);
    const remembered = standIn.book.rows.get(spec.slot.id)?.slot ?? spec.slot;
    world.faults.isListShort = true;
    expect(await state(spec, ref)).toBe('running');
    expect(await platform.list(signal)).toEqual([]);
    await platform.start({ ...spec, slot: remembered }, signal);
    expect(world.applications).toHaveLength(1);
    expect(standIn.coolify.requests.filter((it) => it.startsWith('DELETE'))).toEqual([]);
  });

  it('of no slot of this database are left alone, also when they run', async () => {
    const world = await open();
    const stray = world.newApplication();
    stray.name = 'meeboter-slot-1-slt_ofAnotherMeeboter';
    stray.start(() => ({ exited: new Promise(() => undefined), kill: () => undefined }), 0);
    const reports: object[] = [];
    const log = createLog({ level: 'silent' });
    log.warn = (report: object) => void reports.push(report);
    platform = standIn.open({ log });
    // Reported once, not every time.
    for (let round = 0; round < 2; round += 1) expect(await platform.list(signal)).toEqual([]);
    expect(reports).toEqual([{ strays: [{ application: stray.uuid, name: stray.name, runs: true }] }]);
    expect(world.applications).toEqual([stray]);
    stray.containers = [];
  });

  it('get the current image before their next deployment', async () => {
    const world = await open();
    const spec = specOf();
    await started(spec);
    await stop(spec);
    platform = standIn.open({ options: { ...standIn.options, image: { name: 'other/bot', tag: '2' } } });
    await started(specOf({ slot: spec.slot }));
    expect(world.applications[0]?.fields).toMatchObject({ docker_registry_image_name: 'other/bot' });
  });

  it('show what they do in at most 255 characters, and nothing depends on it', async () => {
    const world = await open();
    const spec = specOf({ botId: 'b'.repeat(400) });
    await started(spec);
    await expect.poll(() => world.applications[0]?.description).toMatch(/^Slot \d+: runs bot b/);
    expect(world.applications[0]?.description).toHaveLength(255);
  });
});

describe.each(['4.0.0-beta.474', '4.1.0', '4.2.0', '4.3.11'])('version %s', (version) => {
  it('runs a bot and stops it', async () => {
    await open({ version });
    const spec = specOf();
    await started(spec);
    expect(running(spec)).toBe(1);
    expect(await stop(spec)).toSatisfy(isOver);
    expect(running(spec)).toBe(0);
  });
});

it('a version that says nothing of itself: fields that it does not know are left out', async () => {
  const world = await open({ version: '4.1.0' });
  // Its answer to GET /version is that of a newer one.
  Object.defineProperty(world, 'version', { value: '4.3.0', configurable: true });
  await platform.ready(signal);
  Object.defineProperty(world, 'version', { value: '4.1.0' });
  await started(specOf());
});

describe('deployments', () => {
  it('a uuid in the answer that does not exist is no start', async () => {
    const world = await open();
    world.faults.phantomDeploys = 1;
    platform = standIn.open({ clock: jumpingClock() });
    const spec = specOf();
    await expect(platform.start(spec, signal)).rejects.toMatchObject({ kind: 'transient' });
    await platform.start(spec, signal);
    await expect.poll(() => running(spec), PATIENT).toBe(1);
  });

  it('many at once: one container each, and no second one when all are repeated', async () => {
    const world = await open();
    const specs = Array.from({ length: 20 }, () => specOf());
    const start = () => Promise.all(specs.map((spec) => platform.start(spec, signal)));
    const refs = await start();
    expect(await start()).toEqual(refs);
    await expect.poll(() => specs.map(running), PATIENT).toEqual(specs.map(() => 1));
    expect(world.deployments.all).toHaveLength(20);
    expect((await platform.list(signal)).length).toBe(20);
  });

  it('a full queue is no room, and another try later is a start', async () => {
    const world = await open();
    world.faults.isQueueFull = true;
    const spec = specOf();
    await expect(platform.start(spec, signal)).rejects.toMatchObject({ kind: 'capacity' });
    world.faults.isQueueFull = false;
    await started(spec);
  });

  it('finished is no proof: a runtime without a container has ended', async () => {
    const world = await open();
    world.faults.emptyDeploys = 1;
    const spec = specOf();
    const ref = await platform.start(spec, signal);
    await expect.poll(() => state(spec, ref), PATIENT).toBe('ended');
  });

  it('one that fails is an end that says why, as far as the token may read it', async () => {
    const world = await open({ permissions: ['read', 'write', 'deploy', 'read:sensitive'] });
    world.faults.failDeploys = { times: 1, log: 'Error: manifest unknown' };
    const spec = specOf();
    const ref = await platform.start(spec, signal);
    await expect
      .poll(() => platform.observe(refOf(spec, ref), signal), PATIENT)
      .toMatchObject({
        ...{ state: 'ended', cause: 'image_unavailable' },
      });
  });

  it('a status that lags is not believed', async () => {
    const world = await open({ lagMs: 60_000 });
    const spec = specOf();
    await started(spec);
    expect(world.applications[0]?.status).toBe('exited:unhealthy');
    expect(await stop(spec)).toSatisfy(isOver);
    expect(running(spec)).toBe(0);
  });

  it('all applications that show as exited after an update still run', async () => {
    const world = await open();
    const specs = [specOf(), specOf()];
    for (const spec of specs) await started(spec);
    world.faults.showsAllExited = true;
    for (const spec of specs) expect(await state(spec)).toBe('running');
  });

  /** Programs that end when the returned function is called. */
  function endingProgram() {
    const ends: (() => void)[] = [];
    const program = () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      ends.push(resolve);
      return { exited: promise, kill: () => resolve() };
    };
    return { program, end: () => ends[0]?.() };
  }

  it('a program that has ended, and whose container is about to be started again, is over after a stop', async () => {
    const { program, end } = endingProgram();
    await open({ program, restartMs: 60_000 });
    const spec = specOf();
    await started(spec);
    end();
    await expect.poll(() => state(spec), PATIENT).toBe('orphaned');
    expect(await stop(spec)).toSatisfy(isOver);
  });

  it('a container that was started again is ended by the stop', async () => {
    const { program, end } = endingProgram();
    const world = await open({ program });
    const spec = specOf();
    await started(spec);
    end();
    await expect.poll(() => world.applications[0]?.containers[0]?.restarts, PATIENT).toBe(1);
    expect(await stop(spec)).toSatisfy(isOver);
    expect(running(spec)).toBe(0);
  });

  it('what still runs in a slot is stopped before the next start, and they never overlap', async () => {
    const world = await open({ version: '4.2.0', stopMs: 30 });
    const first = specOf();
    await started(first);
    const second = specOf({ slot: first.slot });
    await platform.start(second, signal);
    expect(count(`POST /applications/${world.applications[0]?.uuid}/stop`)).toBe(1);
    await expect.poll(() => running(second), PATIENT).toBe(1);
  });

  it('one that was given up meanwhile is not started', async () => {
    await open();
    const spec = specOf();
    standIn.book.givenUp.add(spec.deploymentId);
    await expect(platform.start(spec, signal)).rejects.toMatchObject({ kind: 'transient' });
    expect(count('POST /deploy')).toBe(1); // The check of the permissions.
  });
});

describe('stops', () => {
  it('one that gets lost is sent again by the next request', async () => {
    const world = await open();
    const spec = specOf();
    await started(spec);
    world.faults.loseStops = 1;
    await platform.requestStop(refOf(spec), 1_000, signal);
    expect(await state(spec)).toBe('running');
    await platform.requestStop(refOf(spec), 1_000, signal);
    await expect.poll(() => running(spec), PATIENT).toBe(0);
  });

  it("one of yesterday's deployment does not end today's bot", async () => {
    await open();
    const yesterday = specOf();
    await started(yesterday);
    await stop(yesterday);
    const today = specOf({ slot: yesterday.slot });
    await started(today);
    expect(await stop(yesterday)).toEqual({ state: 'gone' });
    expect(await state(today)).toBe('running');
    expect(running(today)).toBe(1);
  });

  it('one of nothing is not sent: it would end the next bot', async () => {
    const world = await open();
    const spec = specOf();
    await started(spec);
    await stop(spec);
    await stop(spec);
    expect(count(`POST /applications/${world.applications[0]?.uuid}/stop`)).toBe(1);
  });

  it('a deployment is cancelled first, also when the answer to that is an error', async () => {
    const world = await open();
    world.faults.holdDeploys = true;
    world.faults.failCancelAnswers = 1;
    const spec = specOf();
    await platform.start(spec, signal);
    expect(await stop(spec)).toSatisfy(isOver);
    world.faults.holdDeploys = false;
    expect(world.deployments.all.map(({ status }) => status)).toEqual(['cancelled-by-user']);
    expect(running(spec)).toBe(0);
  });
});

describe('checks before the first start', () => {
  it.each([
    [['write', 'deploy'], /may not read/],
    [['read', 'deploy'], /may not write/],
    [['read', 'write'], /may not deploy/],
  ] as const)('a token with %j only', async (permissions, message) => {
    await open({ permissions });
    await expect(platform.ready(signal)).rejects.toMatchObject({ kind: 'config' });
    await expect(platform.ready(signal)).rejects.toThrow(message);
  });

  it.each([
    [{ projectUuid: 'nowhere' }, /COOLIFY_PROJECT_UUID/],
    [{ environmentName: 'nowhere' }, /COOLIFY_ENVIRONMENT_NAME/],
    [{ serverUuid: 'nowhere' }, /COOLIFY_SERVER_UUID/],
  ])('%j', async (wrong, message) => {
    await open();
    platform = standIn.open({ options: { ...standIn.options, ...wrong } });
    await expect(platform.ready(signal)).rejects.toThrow(message);
  });

  it('an API that is switched off', async () => {
    await open();
    standIn.coolify.setApi(false);
    await expect(platform.ready(signal)).rejects.toThrow(/Switch the API on/);
    standIn.coolify.setApi(true);
    await platform.ready(signal);
  });

  it('several destinations need COOLIFY_DESTINATION_UUID', async () => {
    await open({ hasManyDestinations: true });
    await expect(platform.start(specOf(), signal)).rejects.toMatchObject({ kind: 'config' });
    platform = standIn.open({ options: { ...standIn.options, destinationUuid: 'd' } });
    await started(specOf());
  });
});

describe('requests', () => {
  it('429 is waited for', async () => {
    await open({ requestsPerMinute: 6 });
    const clock = jumpingClock();
    platform = standIn.open({ clock });
    await platform.ready(signal);
    await expect(platform.start(specOf(), signal)).rejects.toMatchObject({ kind: 'transient', status: 429 });
    expect(clock.nowMs()).toBeGreaterThanOrEqual(1_000);
  });

  it('a proxy in front of a Coolify that is away says nothing about runtimes', async () => {
    const world = await open();
    const spec = specOf();
    await started(spec);
    world.faults.away = 'proxy';
    expect(await state(spec)).toBe('unknown');
    await expect(platform.list(signal)).rejects.toMatchObject({ kind: 'transient' });
  });

  it('many runtimes are observed with two requests together', async () => {
    await open();
    const specs = Array.from({ length: 8 }, () => specOf());
    for (const spec of specs) await started(spec);
    platform = standIn.open({ cacheMs: 60_000 });
    const before = standIn.coolify.requests.length;
    for (let round = 0; round < 3; round += 1) {
      const seen = await Promise.all(specs.map((spec) => state(spec)));
      expect(new Set(seen)).toEqual(new Set(['running']));
    }
    expect(standIn.coolify.requests.length - before).toBe(2);
  });

  it('a warm start takes few', async () => {
    const world = await open();
    const first = specOf();
    await started(first);
    await stop(first);
    const before = standIn.coolify.requests.length;
    await platform.start(specOf({ slot: first.slot }), signal);
    // The lists for all slots twice, a look before and after, the deployment, the description.
    expect(standIn.coolify.requests.length - before).toBeLessThanOrEqual(8);
    expect(world.deployments.all).toHaveLength(2);
  });
});

it('warm slots have their applications, and the image is pulled by one that is no slot', async () => {
  const world = await open();
  const slots = [specOf(), specOf()].map(({ slot }) => slot);
  platform = standIn.open({ clock: jumpingClock() });
  await platform.warm(slots, signal);
  await platform.warm(slots, signal);
  expect(world.applications.map(({ name }) => name).toSorted()).toEqual(
    [...slots.map(nameOf), `meeboter-image-${slots[0]?.id}`].toSorted(),
  );
  expect(
    world.deployments.all.every(({ application }) => application.name.startsWith('meeboter-image')),
  ).toBe(true);
  await expect.poll(() => world.applications.flatMap(({ containers }) => containers), PATIENT).toEqual([]);
});
