// Test doubles for the clock, the lease and the log.
import type { Clock } from '../clock.ts';
import type { Log } from '../log.ts';
import { type HeldLease, Lease } from '../runtime/lease.ts';

/** A clock that a test advances. All its times advance together. */
export interface TestClock extends Clock {
  advance(ms: number): void;
}

export function testClock(): TestClock {
  let ms = 1_000_000;
  return {
    now: () => new Date(Date.UTC(2026, 0, 1) + ms),
    stampOf: (machineTime) => machineTime,
    monotonicMs: () => ms,
    sinceBootMs: () => ms,
    advance: (by) => {
      ms += by;
    },
  };
}

/** A held lease that lapses only when the test calls `lapse`. */
export function testLease(signal = new AbortController().signal): { held: HeldLease; lapse: () => void } {
  const clock = testClock();
  const lease = new Lease({
    clock,
    sinceMs: clock.sinceBootMs(),
    leaseMs: 60_000,
    onLapsed: () => undefined,
  });
  return { held: lease.held(signal), lapse: () => clock.advance(60_000) };
}

/** A log that keeps its events. */
export function testLog(): Log & { events: string[] } {
  const events: string[] = [];
  const keep = (event: string) => void events.push(event);
  return { events, debug: keep, info: keep, warn: keep, error: keep };
}
