import { expect, expectTypeOf, test } from 'vitest';
import type { Meeting } from '../meeting.ts';
import { testClock } from '../testing/doubles.ts';
import { type HeldLease, Lease, LeaseLapsed } from './lease.ts';

const { signal } = new AbortController();

function leaseOf(leaseMs = 60_000) {
  const clock = testClock();
  const lapses: number[] = [];
  const lease = new Lease({
    clock,
    sinceMs: clock.sinceBootMs(),
    leaseMs,
    onLapsed: (ageMs) => lapses.push(ageMs),
  });
  const isHeld = () => {
    try {
      return lease.held(signal) !== null;
    } catch (error) {
      expect(error).toBeInstanceOf(LeaseLapsed);
      return false;
    }
  };
  return { clock, lapses, lease, isHeld };
}

test('is held until 80 % of the lease, then lapses once', () => {
  const { clock, lapses, isHeld } = leaseOf();
  clock.advance(47_999);
  expect(isHeld()).toBe(true);
  clock.advance(1);
  expect(isHeld()).toBe(false);
  expect(isHeld()).toBe(false);
  expect(lapses).toEqual([48_000]);
});

test('counts from when the accepted report was sent, not from its answer', () => {
  const { clock, lease, isHeld } = leaseOf();
  const sentAtMs = clock.sinceBootMs();
  clock.advance(20_000);
  lease.renew(sentAtMs, 60_000);
  clock.advance(28_000);
  expect(isHeld()).toBe(false);
});

test('becomes long after admission', () => {
  const { clock, lease, isHeld } = leaseOf();
  lease.renew(clock.sinceBootMs(), 900_000);
  clock.advance(719_999);
  expect(isHeld()).toBe(true);
  clock.advance(1);
  expect(isHeld()).toBe(false);
});

test('does not come back by the answer that a thawed process finds waiting', () => {
  const { clock, lapses, lease, isHeld } = leaseOf();
  clock.advance(10 * 60_000);
  lease.renew(clock.sinceBootMs(), 60_000);
  expect(isHeld()).toBe(false);
  expect(lapses).toHaveLength(1);
});

test('the answer to an old report does not shorten a newer lease', () => {
  const { clock, lease, isHeld } = leaseOf();
  const oldMs = clock.sinceBootMs();
  clock.advance(30_000);
  lease.renew(clock.sinceBootMs(), 60_000);
  lease.renew(oldMs, 60_000);
  clock.advance(40_000);
  expect(isHeld()).toBe(true);
});

test('a permission that was given before the lapse is none after it', () => {
  const { clock, lease, lapses } = leaseOf();
  const held = lease.held(signal);
  const narrower = held.until(new AbortController().signal);
  held.throwIfLost();
  clock.advance(48_000);
  expect(() => held.throwIfLost()).toThrow(LeaseLapsed);
  expect(() => narrower.throwIfLost()).toThrow(LeaseLapsed);
  expect(lapses).toHaveLength(1);
});

test('a permission ends with its signal, and a narrower one with either', () => {
  const { lease } = leaseOf();
  const [leave, patience] = [new AbortController(), new AbortController()];
  const held = lease.held(leave.signal);
  const narrower = held.until(patience.signal);
  patience.abort(new Error('patience is over'));
  expect(() => narrower.throwIfLost()).toThrow('patience is over');
  held.throwIfLost();
  leave.abort(new Error('told to leave'));
  expect(() => held.throwIfLost()).toThrow('told to leave');
});

test('no step on the way in or in the call compiles without the permission', () => {
  type Steps = Pick<Meeting, 'prepare' | 'knock' | 'admission' | 'watch'>;
  type LastArgument = {
    [K in keyof Steps]: Parameters<Steps[K]> extends [...unknown[], infer L] ? L : never;
  };
  expectTypeOf<LastArgument[keyof Steps]>().toEqualTypeOf<HeldLease>();
  // Neither a signal nor an object of the same shape is accepted.
  expectTypeOf<AbortSignal>().not.toExtend<HeldLease>();
  expectTypeOf<Pick<HeldLease, keyof HeldLease>>().not.toExtend<HeldLease>();
});
