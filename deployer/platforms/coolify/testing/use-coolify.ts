// What tests do with a platform and its stand-in, which each of them opens anew.
import { afterEach, expect } from 'vitest';
import { confirmStop } from '../../../confirm-stop.ts';
import type { RuntimeRef, RuntimeSpec } from '../../platform.ts';
import type { CoolifyPlatform } from '../coolify.ts';
import { openStandIn, type StandIn } from './stand-in.ts';

export const PATIENT = { timeout: 10_000, interval: 20 };
const { signal } = new AbortController();

/** Call it once in a test file. After each test everything is closed, and nothing sent may contradict Coolify's OpenAPI file. */
export function useCoolify() {
  // Set by `open`, with which each test begins.
  const at = {} as { standIn: StandIn; platform: CoolifyPlatform };
  afterEach(async () => {
    at.platform.close();
    await at.standIn.coolify.close();
    expect(at.standIn.coolify.violations).toEqual([]);
  });
  const refOf = (spec: RuntimeSpec, externalRef: string | null = null): RuntimeRef => ({
    ...{ deploymentId: spec.deploymentId, externalRef, slot: spec.slot },
  });
  const state = async (spec: RuntimeSpec, ref: string | null = null) =>
    (await at.platform.observe(refOf(spec, ref), signal)).state;
  return {
    at,
    refOf,
    state,
    async open(lab: Parameters<typeof openStandIn>[0] = {}) {
      at.standIn = await openStandIn(lab);
      at.platform = at.standIn.open();
      return at.standIn.coolify.world;
    },
    /** How many containers of the slot run, by the stand-in's own truth. */
    running: (spec: RuntimeSpec) => at.standIn.coolify.world.running('MEEBOTER_SLOT_ID', spec.slot.id),
    /** How often a request was sent. */
    count: (request: string) => at.standIn.coolify.requests.filter((it) => it === request).length,
    async started(spec: RuntimeSpec): Promise<string> {
      const ref = await at.platform.start(spec, signal);
      await expect.poll(() => state(spec, ref), PATIENT).toBe('running');
      return ref;
    },
    stop: (spec: RuntimeSpec) =>
      confirmStop(at.platform, refOf(spec), { patienceMs: 0, graceMs: 1_000, signal }),
  };
}
