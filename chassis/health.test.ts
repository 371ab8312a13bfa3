import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { testSettings } from '../e2e/support/test-settings.ts';
import { freePort } from '../infra/embedded/free-port.ts';
import { type Dependencies, Health, serveHealth } from './health.ts';
import { metricsText } from './metrics.ts';

const IDLE_TOO_LONG_MS = 50;
const CHECK_LIMIT_MS = 200;
const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

/** Servers that answer unless they are told not to, and how often each was asked. */
function servers() {
  const away = new Map<string, () => Promise<void>>();
  const asked = new Map<string, number>();
  const probe = (name: string) => async () => {
    asked.set(name, (asked.get(name) ?? 0) + 1);
    await away.get(name)?.();
  };
  const dependencies: Dependencies = {
    db: { $queryRaw: probe('database') },
    jobs: { ping: probe('queue') },
    storage: { ping: probe('store') },
  };
  return {
    dependencies,
    asked,
    crash: (name: string) => away.set(name, () => Promise.reject(new Error(`${name} is away`))),
    freeze: (name: string) => away.set(name, () => new Promise(() => undefined)),
    back: (name: string) => away.delete(name),
  };
}

/** Serves the health of a process that has a job every second; returns how it answers. */
async function serve(dependencies: Dependencies, lastHandledAt: () => number | null) {
  const HEALTH_PORT = await freePort();
  const health = new Health('tested', dependencies, CHECK_LIMIT_MS);
  const server = await serveHealth({
    ...{ settings: testSettings({ HEALTH_PORT: String(HEALTH_PORT) }), health, alwaysBusy: true },
    ...{ jobs: { lastHandledAt }, idleTooLongMs: IDLE_TOO_LONG_MS },
  });
  closers.push(
    () => server.close(),
    () => health.close(),
  );
  return async (path: string) => {
    const answer = await fetch(`http://127.0.0.1:${HEALTH_PORT}${path}`);
    return { status: answer.status, body: await answer.text() };
  };
}
async function past(ms: number): Promise<void> {
  for (const endMs = Date.now() + ms; Date.now() < endMs; ) await turn();
}

describe('a process is alive', () => {
  it('as long as it ends jobs, well or not', async () => {
    const get = await serve(servers().dependencies, () => Date.now());
    await past(IDLE_TOO_LONG_MS + 10);
    expect((await get('/livez')).status).toBe(200);
  });

  it.each([
    ['queue', 'crash'],
    ['database', 'crash'],
    ['database', 'freeze'],
  ] as const)('when it ends none, but the %s is away (%s)', async (name, way) => {
    const world = servers();
    const get = await serve(world.dependencies, () => null);
    world[way](name);
    await past(IDLE_TOO_LONG_MS + 10);
    expect((await get('/livez')).status).toBe(200);
    // It is back, and the worker is given its time again.
    world.back(name);
    if (way === 'freeze') return;
    await past(IDLE_TOO_LONG_MS + 10);
    const { status, body } = await get('/livez');
    expect(status).toBe(503);
    expect(JSON.parse(body)).toMatchObject({ queue: 'ok', database: 'ok' });
  });

  it('no longer when it ends none while all servers answer', async () => {
    const get = await serve(servers().dependencies, () => null);
    expect((await get('/livez')).status).toBe(200);
    await past(IDLE_TOO_LONG_MS + 10);
    expect((await get('/livez')).status).toBe(503);
  });
});

describe('a process is ready', () => {
  it('without queue and object store, and names them in the answer and the metrics', async () => {
    const world = servers();
    const get = await serve(world.dependencies, () => null);
    expect(JSON.parse((await get('/readyz')).body)).toEqual({
      ...{ ready: true, degraded: [] },
      checks: { database: 'ok', queue: 'ok', object_store: 'ok' },
    });
    world.crash('queue');
    world.crash('store');
    const { status, body } = await get('/readyz');
    expect(status).toBe(200);
    expect(JSON.parse(body)).toEqual({
      ...{ ready: true, degraded: ['queue', 'object_store'] },
      checks: { database: 'ok', queue: 'queue is away', object_store: 'store is away' },
    });
    const up = (dependency: string) => `meeboter_dependency_up{service="tested",dependency="${dependency}"}`;
    const metrics = (await get('/metrics')).body;
    for (const line of [`${up('database')} 1`, `${up('queue')} 0`, `${up('object_store')} 0`]) {
      expect(metrics).toContain(line);
    }
  });

  it('not without its database', async () => {
    const world = servers();
    const get = await serve(world.dependencies, () => null);
    world.crash('database');
    const { status, body } = await get('/readyz');
    expect(status).toBe(503);
    expect(JSON.parse(body)).toMatchObject({ ready: false, degraded: [] });
  });

  it('and asks a frozen server one question at a time', async () => {
    const world = servers();
    const health = new Health('tested', world.dependencies, CHECK_LIMIT_MS);
    closers.push(() => health.close());
    world.freeze('database');
    const answers = await Promise.all([health.check('database'), health.check('database')]);
    expect(answers).toEqual(['no answer within 200 ms', 'no answer within 200 ms']);
    expect(await health.check('database')).toBe('no answer within 200 ms');
    expect(world.asked.get('database')).toBe(1);
  });
});

it('says nothing of a process that has stopped', async () => {
  const health = new Health('stopped', servers().dependencies);
  expect(await metricsText()).toContain('service="stopped"');
  health.close();
  expect(await metricsText()).not.toContain('service="stopped"');
});
