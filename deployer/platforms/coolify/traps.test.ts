// What Coolify does beyond its own description, one test for each trap.
import { describe, expect, it } from 'vitest';
import { isOver } from '../platform.ts';
import { jumpingClock } from './testing/clock.ts';
import { specOf } from './testing/stand-in.ts';
import { PATIENT, useCoolify } from './testing/use-coolify.ts';

const { signal } = new AbortController();
const { at, open, refOf, running, state, count, started, stop } = useCoolify();

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
  await at.platform.ready(signal);
  Object.defineProperty(world, 'version', { value: '4.1.0' });
  await started(specOf());
});

describe('deployments', () => {
  it('a uuid in the answer that does not exist is no start', async () => {
    const world = await open();
    world.faults.phantomDeploys = 1;
    at.platform = at.standIn.open({ clock: jumpingClock() });
    const spec = specOf();
    await expect(at.platform.start(spec, signal)).rejects.toMatchObject({ kind: 'transient' });
    await at.platform.start(spec, signal);
    await expect.poll(() => running(spec), PATIENT).toBe(1);
  });

  it('many at once: one container each, and no second one when all are repeated', async () => {
    const world = await open();
    const specs = Array.from({ length: 20 }, () => specOf());
    const start = () => Promise.all(specs.map((spec) => at.platform.start(spec, signal)));
    const refs = await start();
    expect(await start()).toEqual(refs);
    await expect.poll(() => specs.map(running), PATIENT).toEqual(specs.map(() => 1));
    expect(world.deployments.all).toHaveLength(20);
    expect((await at.platform.list(signal)).length).toBe(20);
  });

  it('a full queue is no room, and another try later is a start', async () => {
    const world = await open();
    world.faults.isQueueFull = true;
    const spec = specOf();
    await expect(at.platform.start(spec, signal)).rejects.toMatchObject({ kind: 'capacity' });
    world.faults.isQueueFull = false;
    await started(spec);
  });

  it('finished is no proof: a runtime without a container has ended', async () => {
    const world = await open();
    world.faults.emptyDeploys = 1;
    const spec = specOf();
    const ref = await at.platform.start(spec, signal);
    await expect.poll(() => state(spec, ref), PATIENT).toBe('ended');
  });

  it('one that fails is an end that says why, as far as the token may read it', async () => {
    const world = await open({ permissions: ['read', 'write', 'deploy', 'read:sensitive'] });
    world.faults.failDeploys = { times: 1, log: 'Error: manifest unknown' };
    const spec = specOf();
    const ref = await at.platform.start(spec, signal);
    await expect
      .poll(() => at.platform.observe(refOf(spec, ref), signal), PATIENT)
      .toMatchObject({
        ...{ state: 'ended', cause: 'image_unavailable' },
      });
  });

  it('one that fails is tried once more by a repeated start, and verified again', async () => {
    const world = await open();
    world.faults.failDeploys = { times: 3, log: '' };
    at.platform = at.standIn.open({ clock: jumpingClock() });
    const spec = specOf();
    const failed = (count: number) =>
      expect
        .poll(() => world.deployments.all.map(({ status }) => status), PATIENT)
        .toEqual(Array(count).fill('failed'));
    await at.platform.start(spec, signal);
    await failed(1);
    world.faults.phantomDeploys = 1;
    await expect(at.platform.start(spec, signal)).rejects.toMatchObject({ kind: 'transient' });
    await at.platform.start(spec, signal);
    await failed(2);
    await expect(at.platform.start(spec, signal)).rejects.toThrow(/deployments of \w+ fail/);
    await failed(2);
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
    await at.platform.start(second, signal);
    expect(count(`POST /applications/${world.applications[0]?.uuid}/stop`)).toBe(1);
    await expect.poll(() => running(second), PATIENT).toBe(1);
  });

  it('one that was given up meanwhile is not started', async () => {
    await open();
    const spec = specOf();
    at.standIn.book.givenUp.add(spec.deploymentId);
    await expect(at.platform.start(spec, signal)).rejects.toMatchObject({ kind: 'transient' });
    expect(count('POST /deploy')).toBe(1); // The check of the permissions.
  });
});

describe('stops', () => {
  it('one that gets lost is sent again by the next request', async () => {
    const world = await open();
    const spec = specOf();
    await started(spec);
    world.faults.loseStops = 1;
    await at.platform.requestStop(refOf(spec), 1_000, signal);
    expect(await state(spec)).toBe('running');
    await at.platform.requestStop(refOf(spec), 1_000, signal);
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
    await at.platform.start(spec, signal);
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
    await expect(at.platform.ready(signal)).rejects.toMatchObject({ kind: 'config' });
    await expect(at.platform.ready(signal)).rejects.toThrow(message);
  });

  it.each([
    [{ projectUuid: 'nowhere' }, /COOLIFY_PROJECT_UUID/],
    [{ environmentName: 'nowhere' }, /COOLIFY_ENVIRONMENT_NAME/],
    [{ serverUuid: 'nowhere' }, /COOLIFY_SERVER_UUID/],
  ])('%j', async (wrong, message) => {
    await open();
    at.platform = at.standIn.open({ options: { ...at.standIn.options, ...wrong } });
    await expect(at.platform.ready(signal)).rejects.toThrow(message);
  });

  it('an API that is switched off', async () => {
    await open();
    at.standIn.coolify.setApi(false);
    await expect(at.platform.ready(signal)).rejects.toThrow(/Switch the API on/);
    at.standIn.coolify.setApi(true);
    await at.platform.ready(signal);
  });

  it('several destinations need COOLIFY_DESTINATION_UUID', async () => {
    await open({ hasManyDestinations: true });
    await expect(at.platform.start(specOf(), signal)).rejects.toMatchObject({ kind: 'config' });
    at.platform = at.standIn.open({ options: { ...at.standIn.options, destinationUuid: 'd' } });
    await started(specOf());
  });
});

describe('requests', () => {
  it('429 is waited for', async () => {
    await open({ requestsPerMinute: 6 });
    const clock = jumpingClock();
    at.platform = at.standIn.open({ clock });
    await at.platform.ready(signal);
    await expect(at.platform.start(specOf(), signal)).rejects.toMatchObject({
      kind: 'transient',
      status: 429,
    });
    expect(clock.nowMs()).toBeGreaterThanOrEqual(1_000);
  });

  it('a proxy in front of a Coolify that is away says nothing about runtimes', async () => {
    const world = await open();
    const spec = specOf();
    await started(spec);
    world.faults.away = 'proxy';
    expect(await state(spec)).toBe('unknown');
    await expect(at.platform.list(signal)).rejects.toMatchObject({ kind: 'transient' });
  });

  it('many runtimes are observed with two requests together', async () => {
    await open();
    const specs = Array.from({ length: 8 }, () => specOf());
    for (const spec of specs) await started(spec);
    at.platform = at.standIn.open({ cacheMs: 60_000 });
    const before = at.standIn.coolify.requests.length;
    for (let round = 0; round < 3; round += 1) {
      const seen = await Promise.all(specs.map((spec) => state(spec)));
      expect(new Set(seen)).toEqual(new Set(['running']));
    }
    expect(at.standIn.coolify.requests.length - before).toBe(2);
  });

  it('a warm start takes few', async () => {
    const world = await open();
    const first = specOf();
    await started(first);
    await stop(first);
    const before = at.standIn.coolify.requests.length;
    await at.platform.start(specOf({ slot: first.slot }), signal);
    // The lists for all slots twice, a look before and after, the deployment, the description.
    expect(at.standIn.coolify.requests.length - before).toBeLessThanOrEqual(8);
    expect(world.deployments.all).toHaveLength(2);
  });
});
