import { describe, expect, it } from 'vitest';
import { leaveDecision, leaveRulesSchema } from './leave-rules.ts';

const rules = leaveRulesSchema.parse({
  nobody_joined_timeout_seconds: 100,
  everyone_left_timeout_seconds: 20,
  max_duration_seconds: 1_000,
});
const room = { nowMs: 0, admittedAtMs: 0, others: 0, lastSeenOthersAtMs: null };

describe('leaving by itself', () => {
  it('leaves when nobody ever joined, at the limit and not before', () => {
    expect(leaveDecision(rules, { ...room, nowMs: 99_999 })).toBeNull();
    expect(leaveDecision(rules, { ...room, nowMs: 100_000 })).toEqual({
      reason: 'nobody_joined',
      afterSeconds: 100,
    });
  });

  it('counts from when the others were seen last', () => {
    const after = { ...room, lastSeenOthersAtMs: 50_000 };
    expect(leaveDecision(rules, { ...after, nowMs: 69_999 })).toBeNull();
    expect(leaveDecision(rules, { ...after, nowMs: 70_000 })).toEqual({
      reason: 'everyone_left',
      afterSeconds: 20,
    });
  });

  it('stays while somebody is there', () => {
    expect(leaveDecision(rules, { ...room, nowMs: 900_000, others: 1, lastSeenOthersAtMs: 0 })).toBeNull();
  });

  it('stays while the page does not say who is there, until the longest stay', () => {
    const unknown = { ...room, others: null };
    expect(leaveDecision(rules, { ...unknown, nowMs: 999_999 })).toBeNull();
    expect(leaveDecision(rules, { ...unknown, nowMs: 1_000_000 })).toEqual({
      reason: 'max_duration',
      afterSeconds: 1_000,
    });
  });

  it('has defaults for everything, and refuses a timer that makes no sense', () => {
    expect(leaveRulesSchema.parse({}).everyone_left_timeout_seconds).toBe(60);
    expect(leaveRulesSchema.safeParse({ max_duration_seconds: 1e9 }).success).toBe(false);
  });
});
