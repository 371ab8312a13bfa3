import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import { handQueue } from '../e2e/support/hand-queue.ts';
import { testSettings } from '../e2e/support/test-settings.ts';
import { freePort } from '../infra/embedded/free-port.ts';
import { serveHealth } from './health.ts';

let health: { close(): Promise<void> };
afterEach(() => health.close());

/** Serves the health of a process whose queue and jobs are as told; returns how `/livez` answers. */
async function serve(jobs: { ping: () => Promise<void>; lastHandledAt: () => number | null }) {
  const HEALTH_PORT = await freePort();
  const settings = testSettings({ HEALTH_PORT: String(HEALTH_PORT) });
  health = await serveHealth({
    ...{ settings, alwaysBusy: true, idleTooLongMs: 50 },
    db: { $queryRaw: async () => [] },
    jobs: { ...handQueue(), ...jobs },
  });
  return async () => (await fetch(`http://127.0.0.1:${HEALTH_PORT}/livez`)).status;
}
async function past(ms: number): Promise<void> {
  for (const endMs = Date.now() + ms; Date.now() < endMs; ) await turn();
}

it('a worker that handles nothing is not alive, unless its queue is away', async () => {
  let isAway = true;
  const ping = async () => {
    if (isAway) throw new Error('away');
  };
  const livez = await serve({ ping, lastHandledAt: () => null });
  expect(await livez()).toBe(200);
  await past(60);
  expect(await livez()).toBe(200);
  // The queue is back, and the worker is given its time again.
  isAway = false;
  expect(await livez()).toBe(200);
  await past(60);
  expect(await livez()).toBe(503);
});

it('a worker that handles jobs is alive', async () => {
  const livez = await serve({ ping: async () => undefined, lastHandledAt: () => Date.now() });
  await past(60);
  expect(await livez()).toBe(200);
});
