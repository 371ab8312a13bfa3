// What every deployment platform has to do: the promises of platform.ts, as tests. Each platform runs this suite
// against what stands in for its API here.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { confirmStop } from '../../confirm-stop.ts';
import { inTime } from '../in-time.ts';
import { isOver, type Observation, type Platform, type RuntimeRef, type RuntimeSpec } from '../platform.ts';

/** A platform, and the means to break what stands behind it. Where something cannot happen to it, there is no means. */
export interface Subject {
  platform: Platform;
  /** How many runtimes of a deployment run now, by the platform's own truth. */
  running(deploymentId: string): Promise<number>;
  /** The runtime has begun to run. Waits until it has. */
  untilRunning?(deploymentId: string): Promise<void>;
  /** Lets no further runtime start until `room` is called. */
  fill?(): Promise<void>;
  /** The API answers nothing, until the returned function is called. */
  away?(): Promise<() => Promise<void>>;
  /** The next start is carried out, and its answer never comes. */
  loseNextStart?(): void;
  /** The next start answers an error, and is carried out later: when the returned function is called. */
  delayNextStart?(): () => Promise<void>;
  /** Starts stay at `starting` until the returned function is called. */
  holdStarts?(): () => Promise<void>;
  /** The runtime disappears from the platform without a trace. */
  vanish?(deploymentId: string): Promise<void>;
  /** The next start starts two runtimes. */
  doubleNextStart?(): void;
  /** The same platform with credentials that it refuses. */
  refused?(): Promise<Platform>;
  /** The same platform as a deployer sees it that was started anew: nothing is remembered. */
  restarted(): Promise<Platform>;
  close(): Promise<void>;
}

const { signal } = new AbortController();
/** A call that gets no answer is given up after this long. */
const LIMITS = { startMs: 1_500, stopMs: 5_000, observeMs: 1_500, listMs: 5_000 };
const PATIENT = { timeout: 15_000, interval: 50 };
const GRACE_MS = 2_000;

let count = 0;
function specOf(): RuntimeSpec {
  count += 1;
  // The form of our ids: lower and upper case, digits, underscores.
  const id = `${process.pid}${count}`.padStart(24, 'aB3');
  return {
    ...{ deploymentId: `dep_${id}`, botId: `bot_${id}`, attempt: 1, claimToken: `token-${id}` },
    slotToken: `slot-token-${id}`,
    slot: { id: `slt_${id}`, number: count, application: null },
    meetingPlatform: 'google-meet',
    apiUrl: 'http://127.0.0.1:9',
  };
}
const refOf = (spec: RuntimeSpec, externalRef: string | null = null): RuntimeRef => ({
  deploymentId: spec.deploymentId,
  externalRef,
  slot: spec.slot,
});

export function describeContract(name: string, open: () => Promise<Subject>): void {
  describe(`the contract of platforms: ${name}`, () => {
    let subject: Subject;
    let platform: Platform;
    beforeEach(async () => {
      subject = await open();
      platform = inTime(subject.platform, LIMITS);
    });
    afterEach(() => subject.close());

    const state = async (ref: RuntimeRef) => (await platform.observe(ref, signal)).state;
    const untilRunning = async (spec: RuntimeSpec) => {
      await subject.untilRunning?.(spec.deploymentId);
      await expect.poll(() => subject.running(spec.deploymentId), PATIENT).toBeGreaterThan(0);
      await expect.poll(() => state(refOf(spec)), PATIENT).toBe('running');
    };
    const stop = (ref: RuntimeRef): Promise<Observation> =>
      confirmStop(platform, ref, { patienceMs: 0, graceMs: GRACE_MS, signal });
    const expectStopped = async (spec: RuntimeSpec) => {
      expect(await stop(refOf(spec))).toSatisfy(isOver);
      expect(await subject.running(spec.deploymentId)).toBe(0);
    };

    it('a runtime starts, is listed, is stopped, and is over', async () => {
      const spec = specOf();
      const ref = refOf(spec, await platform.start(spec, signal));
      await untilRunning(spec);
      expect(await platform.list(signal)).toMatchObject([{ deploymentId: spec.deploymentId }]);
      expect(await stop(ref)).toSatisfy(isOver);
      expect(await subject.running(spec.deploymentId)).toBe(0);
      await expect.poll(() => platform.list(signal), PATIENT).toEqual([]);
    });

    it('a start that is repeated starts nothing more, and returns the same reference', async () => {
      const spec = specOf();
      const first = await platform.start(spec, signal);
      expect(await platform.start(spec, signal)).toBe(first);
      await untilRunning(spec);
      expect(await platform.start(spec, signal)).toBe(first);
      expect(await subject.running(spec.deploymentId)).toBe(1);
      // Also by a deployer that was started anew, and two of them at the same time.
      const others = [await subject.restarted(), await subject.restarted()];
      expect(await Promise.all(others.map((it) => it.start(spec, signal)))).toEqual([first, first]);
      expect(await subject.running(spec.deploymentId)).toBe(1);
      await expectStopped(spec);
    });

    it('a start whose answer is lost is repeated without a second runtime', async ({ skip }) => {
      if (!subject.loseNextStart) return skip();
      const spec = specOf();
      subject.loseNextStart();
      await expect(platform.start(spec, signal)).rejects.toMatchObject({ kind: 'transient' });
      await platform.start(spec, signal);
      await untilRunning(spec);
      expect(await subject.running(spec.deploymentId)).toBe(1);
      await expectStopped(spec);
    });

    it('a runtime is stopped whose start was never answered', async ({ skip }) => {
      if (!subject.loseNextStart) return skip();
      const spec = specOf();
      subject.loseNextStart();
      await expect(platform.start(spec, signal)).rejects.toMatchObject({ kind: 'transient' });
      await expectStopped(spec);
    });

    it('a start that was given up and takes effect later is found in the list, and stopped', async ({
      skip,
    }) => {
      if (!subject.delayNextStart) return skip();
      const spec = specOf();
      const takeEffect = subject.delayNextStart();
      await expect(platform.start(spec, signal)).rejects.toMatchObject({ kind: 'transient' });
      await stop(refOf(spec));
      await takeEffect();
      for (const ref of await platform.list(signal)) expect(await stop(ref)).toSatisfy(isOver);
      expect(await subject.running(spec.deploymentId)).toBe(0);
      await expect.poll(() => platform.list(signal), PATIENT).toEqual([]);
    });

    it('an aborted start has no effect', async () => {
      const spec = specOf();
      await expect(platform.start(spec, AbortSignal.abort())).rejects.toThrow();
      expect(await subject.running(spec.deploymentId)).toBe(0);
      expect(await platform.list(signal)).toEqual([]);
    });

    it('a runtime that is starting is not gone, and can be stopped', async ({ skip }) => {
      if (!subject.holdStarts) return skip();
      const letGo = subject.holdStarts();
      const spec = specOf();
      await platform.start(spec, signal);
      expect(await state(refOf(spec))).toBe('starting');
      expect(await platform.list(signal)).toMatchObject([{ deploymentId: spec.deploymentId }]);
      const stopped = stop(refOf(spec));
      await letGo();
      expect(await stopped).toSatisfy(isOver);
      expect(await subject.running(spec.deploymentId)).toBe(0);
    });

    it('a stop is safe to repeat, and for a runtime that never was', async () => {
      const spec = specOf();
      await platform.start(spec, signal);
      await untilRunning(spec);
      const ref = refOf(spec);
      const stops = await Promise.all([stop(ref), stop(ref)]);
      for (const stopped of [...stops, await stop(ref), await stop(refOf(specOf()))]) {
        expect(stopped).toSatisfy(isOver);
      }
    });

    it('a deployer that was started anew finds and stops what runs', async () => {
      const specs = [specOf(), specOf()];
      for (const spec of specs) await platform.start(spec, signal);
      for (const spec of specs) await untilRunning(spec);
      platform = inTime(await subject.restarted(), LIMITS);
      const listed = await platform.list(signal);
      const ids = (refs: { deploymentId: string }[]) => refs.map(({ deploymentId }) => deploymentId).sort();
      expect(ids(listed)).toEqual(ids(specs));
      // By what the list says of them, and by what their rows say.
      const [first, second] = specs as [RuntimeSpec, RuntimeSpec];
      const listedFirst = listed.find(({ deploymentId }) => deploymentId === first.deploymentId);
      expect(await stop(listedFirst as RuntimeRef)).toSatisfy(isOver);
      expect(await subject.running(second.deploymentId)).toBe(1);
      await expectStopped(second);
      await expect.poll(() => platform.list(signal), PATIENT).toEqual([]);
    });

    it('nothing is concluded while the platform is away', async ({ skip }) => {
      if (!subject.away) return skip();
      const spec = specOf();
      await platform.start(spec, signal);
      await untilRunning(spec);
      const back = await subject.away();
      expect(await state(refOf(spec))).toBe('unknown');
      await expect(platform.list(signal)).rejects.toMatchObject({ kind: 'transient' });
      await expect(platform.start(specOf(), signal)).rejects.toMatchObject({ kind: 'transient' });
      await expect(platform.requestStop(refOf(spec), GRACE_MS, signal)).rejects.toMatchObject({
        kind: 'transient',
      });
      await back();
      await expect.poll(() => state(refOf(spec)), PATIENT).toBe('running');
      await expectStopped(spec);
    });

    it('a full platform says so, and has started nothing', async ({ skip }) => {
      if (!subject.fill) return skip();
      await subject.fill();
      const spec = specOf();
      await expect(platform.start(spec, signal)).rejects.toMatchObject({ kind: 'capacity' });
      expect(await subject.running(spec.deploymentId)).toBe(0);
    });

    it('wrong credentials are a fault of the configuration, and conclude nothing', async ({ skip }) => {
      if (!subject.refused) return skip();
      const spec = specOf();
      await platform.start(spec, signal);
      await untilRunning(spec);
      const refused = inTime(await subject.refused(), LIMITS);
      await expect(refused.start(specOf(), signal)).rejects.toMatchObject({ kind: 'config' });
      expect((await refused.observe(refOf(spec), signal)).state).toBe('unknown');
      await expect(refused.list(signal)).rejects.toMatchObject({ kind: 'config' });
      await expectStopped(spec);
    });

    it('a runtime that has vanished is over', async ({ skip }) => {
      if (!subject.vanish) return skip();
      const spec = specOf();
      const ref = refOf(spec, await platform.start(spec, signal));
      await untilRunning(spec);
      await subject.vanish(spec.deploymentId);
      await expect.poll(() => platform.observe(ref, signal), PATIENT).toSatisfy(isOver);
      expect(await stop(ref)).toSatisfy(isOver);
    });

    it('a stop ends both of two runtimes that the platform started for one request', async ({ skip }) => {
      if (!subject.doubleNextStart) return skip();
      const spec = specOf();
      subject.doubleNextStart();
      await platform.start(spec, signal);
      await untilRunning(spec);
      await expect.poll(() => subject.running(spec.deploymentId), PATIENT).toBe(2);
      await expectStopped(spec);
    });
  });
}
