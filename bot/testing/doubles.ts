// Small stand-ins for rules that have time in them.
import type { Clock } from '../clock.ts';
import type { Log } from '../log.ts';
import { type HeldLease, Lease } from '../runtime/lease.ts';

/** A clock that a test moves. All three hands move together. */
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

/** The permission of a lease that lapses when the test says so, and never by itself. */
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

/** A log that keeps what it was told. */
export function testLog(): Log & { events: string[] } {
  const events: string[] = [];
  const keep = (event: string) => void events.push(event);
  return { events, debug: keep, info: keep, warn: keep, error: keep };
}
