import { expect, it } from 'vitest';
import { platformDouble } from '../../e2e/support/platform-double.ts';
import { inTime } from './in-time.ts';
import { type Platform, PlatformFault } from './platform.ts';

const never = () => new Promise<never>(() => undefined);
const LIMITS = { startMs: 20, observeMs: 20, listMs: 20, stopMs: 20 };
const SPEC = { deploymentId: 'dep_1', botId: 'bot_1', attempt: 1, apiUrl: '', claimToken: '' };
const NOW = { patienceMs: 0, graceMs: 0, signal: new AbortController().signal };

it('knows nothing of a call that does not come back', async () => {
  const hangs: Platform = { start: never, stop: never, observe: never, list: never };
  const platform = inTime(hangs, LIMITS);
  expect(await platform.observe('dep_1')).toBe('unknown');
  expect(await platform.stop('dep_1', NOW)).toBe('unknown');
  for (const call of [platform.start(SPEC), platform.list()]) {
    const error = await call.catch((error: unknown) => error);
    expect(error).toBeInstanceOf(PlatformFault);
    expect(error).toMatchObject({ kind: 'transient' });
  }
});

it('hands on every answer and every fault, and what the platform says of itself', async () => {
  const double = platformDouble(1);
  const platform = inTime({ ...double, isFirstHand: true }, LIMITS);
  expect(platform.isFirstHand).toBe(true);
  expect(await platform.start(SPEC)).toBe('double:dep_1');
  await expect(platform.start({ ...SPEC, deploymentId: 'dep_2' })).rejects.toMatchObject({
    kind: 'capacity',
  });
  expect(await platform.list()).toEqual(['dep_1']);
  expect(await platform.observe('dep_1')).toBe('running');
  expect(await platform.stop('dep_1', NOW)).toBe('gone');
});

it('gives a stop the patience and the grace it was asked for', async () => {
  let done: () => void = () => undefined;
  const stopping = new Promise<void>((resolve) => {
    done = resolve;
  });
  const slow = { ...platformDouble(), stop: () => stopping.then(() => 'gone' as const) };
  const platform = inTime(slow, LIMITS);
  const stop = platform.stop('dep_1', { ...NOW, patienceMs: 5_000, graceMs: 5_000 });
  expect(await platform.stop('dep_1', NOW)).toBe('unknown');
  done();
  expect(await stop).toBe('gone');
});
