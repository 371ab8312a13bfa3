import { expect, test } from 'vitest';
import { onServerTime } from './clock.ts';
import { testClock } from './testing/doubles.ts';

test('tells the time of the server, whatever the machine says meanwhile', () => {
  const machine = testClock();
  let setByMs = -3_600_000;
  const wrong = { ...machine, now: () => new Date(machine.now().getTime() + setByMs) };
  const clock = onServerTime(wrong, { serverTime: '2026-11-26T10:00:00Z', atMs: machine.monotonicMs() });
  machine.advance(1_500);
  const seenByThePage = wrong.now();
  machine.advance(500);
  expect(clock.now().toISOString()).toBe('2026-11-26T10:00:02.000Z');
  expect(clock.stampOf(seenByThePage).toISOString()).toBe('2026-11-26T10:00:01.500Z');
  setByMs = 7_200_000;
  expect(clock.now().toISOString()).toBe('2026-11-26T10:00:02.000Z');
});
