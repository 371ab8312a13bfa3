import { expect, test } from 'vitest';
import { testClock } from '../testing/doubles.ts';
import { LeaseClock } from './lease.ts';

function lease(leaseMs = 60_000) {
  const clock = testClock();
  const lapses: number[] = [];
  const it = new LeaseClock({
    clock,
    sinceMs: clock.sinceBootMs(),
    leaseMs,
    onLapsed: (ageMs) => lapses.push(ageMs),
  });
  return { clock, lapses, it };
}

test('is held until 80 % of the lease, then lapses once', () => {
  const { clock, lapses, it } = lease();
  clock.advance(47_999);
  expect(it.held()).toBe(true);
  clock.advance(1);
  expect(it.held()).toBe(false);
  expect(it.held()).toBe(false);
  expect(lapses).toEqual([48_000]);
});

test('is counted from when the accepted report was sent, not from its answer', () => {
  const { clock, it } = lease();
  const sentAtMs = clock.sinceBootMs();
  clock.advance(20_000);
  it.renew(sentAtMs, 60_000);
  clock.advance(28_000);
  expect(it.held()).toBe(false);
});

test('becomes long after admission', () => {
  const { clock, it } = lease();
  it.renew(clock.sinceBootMs(), 900_000);
  clock.advance(719_999);
  expect(it.held()).toBe(true);
  clock.advance(1);
  expect(it.held()).toBe(false);
});

test('does not come back by the answer that a thawed process finds waiting', () => {
  const { clock, lapses, it } = lease();
  clock.advance(10 * 60_000);
  it.renew(clock.sinceBootMs(), 60_000);
  expect(it.held()).toBe(false);
  expect(lapses).toHaveLength(1);
});

test('an old report’s answer does not shorten a newer lease', () => {
  const { clock, it } = lease();
  const oldMs = clock.sinceBootMs();
  clock.advance(30_000);
  it.renew(clock.sinceBootMs(), 60_000);
  it.renew(oldMs, 60_000);
  clock.advance(40_000);
  expect(it.held()).toBe(true);
});
