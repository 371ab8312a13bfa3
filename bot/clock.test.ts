import { expect, test } from 'vitest';
import { type Clock, onServerTime } from './clock.ts';
import { testClock } from './testing/doubles.ts';

const TEN = '2026-11-26T10:00:00.000Z';
const after = (ms: number) => new Date(Date.parse(TEN) + ms).toISOString();

test('tells the time of the server, whatever the machine says meanwhile', () => {
  const machine = testClock();
  let setByMs = -3_600_000;
  const wrong = { ...machine, now: () => new Date(machine.now().getTime() + setByMs) };
  const clock = onServerTime(wrong, { serverTime: TEN, tookMs: 0 });
  machine.advance(1_500);
  const seenByThePage = wrong.now();
  machine.advance(500);
  expect(clock.now().toISOString()).toBe(after(2_000));
  expect(clock.stampOf(seenByThePage).toISOString()).toBe(after(1_500));
  setByMs = 7_200_000;
  expect(clock.now().toISOString()).toBe(after(2_000));
});

test('goes on while the machine sleeps', () => {
  const machine = testClock();
  let sleptMs = 0;
  const sleeps: Clock = { ...machine, sinceBootMs: () => machine.sinceBootMs() + sleptMs };
  const clock = onServerTime(sleeps, { serverTime: TEN, tookMs: 0 });
  machine.advance(1_000);
  sleptMs = 540_000;
  expect(clock.now().toISOString()).toBe(after(541_000));
});

test('makes up for an answer that was long on its way, and for no more than that', () => {
  const machine = testClock();
  // The call took four seconds. In the worst case the server read its clock at their beginning.
  const clock = onServerTime(machine, { serverTime: TEN, tookMs: 4_000 });
  machine.advance(5_000);
  expect(clock.now().toISOString()).toBe(after(5_000));
  clock.hear(after(8_000));
  expect(clock.now().toISOString()).toBe(after(8_000));
  // Neither a slow answer nor a server whose clock is ahead makes the estimate worse.
  clock.hear(after(6_000));
  expect(clock.now().toISOString()).toBe(after(8_000));
  clock.hear(after(60_000));
  expect(clock.now().toISOString()).toBe(after(9_000));
});
