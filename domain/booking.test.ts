import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { orderKey, PRIORITY_HEAD_START_MS, startAt } from './booking.ts';

const at = fc.date({ min: new Date('2026-01-01'), max: new Date('2027-01-01'), noInvalidDate: true });

describe('place in the queue', () => {
  it('is first come first served inside a priority', () => {
    fc.assert(
      fc.property(at, at, fc.nat(10), (one, other, priority) => {
        const [earlier, later] = one <= other ? [one, other] : [other, one];
        const key = (joinAt: Date) => orderKey({ joinAt, createdAt: joinAt, priority }).getTime();
        expect(key(earlier)).toBeLessThanOrEqual(key(later));
      }),
    );
  });

  it('is a head start for priority, and starves nobody', () => {
    const now = new Date('2026-11-22T12:00:00Z');
    const later = new Date(now.getTime() + 11 * PRIORITY_HEAD_START_MS);
    const low = orderKey({ joinAt: now, createdAt: now, priority: 0 });
    expect(orderKey({ joinAt: now, createdAt: now, priority: 10 }) < low).toBe(true);
    expect(orderKey({ joinAt: later, createdAt: later, priority: 10 }) > low).toBe(true);
  });

  it('starts a bot before its join time, by the lead of its platform', () => {
    const joinAt = new Date('2026-11-22T12:00:00Z');
    expect(joinAt.getTime() - startAt(joinAt, 10_000).getTime()).toBe(10_000);
  });
});
