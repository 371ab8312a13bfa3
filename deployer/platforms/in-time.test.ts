import { expect, it } from 'vitest';
import { platformDouble } from '../../e2e/support/platform-double.ts';
import { inTime } from './in-time.ts';
import { type Platform, PlatformFault } from './platform.ts';

const never = () => new Promise<never>(() => undefined);
const LIMITS = { startMs: 20, stopMs: 20, observeMs: 20, listMs: 20 };
const SLOT = { id: 'slt_1', number: 1, application: null };
const SPEC = {
  ...{ deploymentId: 'dep_1', botId: 'bot_1', attempt: 1, slot: SLOT, apiUrl: '', claimToken: '' },
  slotToken: '',
  meetingPlatform: 'google-meet',
} as const;
const REF = { deploymentId: 'dep_1', externalRef: null, slot: SLOT };
const { signal } = new AbortController();

it('knows nothing of a call that does not come back, and aborts it', async () => {
  const signals: AbortSignal[] = [];
  const hang = (given: AbortSignal) => {
    signals.push(given);
    return never();
  };
  const hangs: Platform = {
    start: (_spec, given) => hang(given),
    requestStop: (_ref, _graceMs, given) => hang(given),
    observe: (_ref, given) => hang(given),
    list: hang,
  };
  const platform = inTime(hangs, LIMITS);
  expect(await platform.observe(REF, signal)).toEqual({ state: 'unknown', detail: 'no answer within 20 ms' });
  for (const call of [
    platform.start(SPEC, signal),
    platform.requestStop(REF, 0, signal),
    platform.list(signal),
  ]) {
    const error = await call.catch((error: unknown) => error);
    expect(error).toBeInstanceOf(PlatformFault);
    expect(error).toMatchObject({ kind: 'transient' });
  }
  expect(signals.map(({ aborted }) => aborted)).toEqual([true, true, true, true]);
});

it('hands on every answer and every fault, and what the platform says of itself', async () => {
  const double = platformDouble(1);
  const platform = inTime({ ...double, isFirstHand: true, host: 'here' }, LIMITS);
  expect(platform).toMatchObject({ isFirstHand: true, host: 'here', pollMs: 50 });
  expect(await platform.start(SPEC, signal)).toBe('double:dep_1');
  await expect(platform.start({ ...SPEC, deploymentId: 'dep_2' }, signal)).rejects.toMatchObject({
    kind: 'capacity',
  });
  expect(await platform.list(signal)).toMatchObject([{ deploymentId: 'dep_1' }]);
  expect(await platform.observe(REF, signal)).toEqual({ state: 'running' });
  await platform.requestStop(REF, 0, signal);
  expect(await platform.observe(REF, signal)).toEqual({ state: 'gone' });
});
