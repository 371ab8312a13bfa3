import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type LeaveRules,
  leaveDecision,
  leaveRulesEditSchema,
  leaveRulesSchema,
  type RoomView,
} from './leave-rules.ts';

const rules = leaveRulesSchema.parse({
  nobody_joined_timeout_seconds: 100,
  everyone_left_timeout_seconds: 20,
  only_bots_timeout_seconds: 50,
  silence_timeout_seconds: 30,
  silence_grace_seconds: 200,
  max_duration_seconds: 1_000,
});
/** A room in which nobody else has been, a second after the clock began. */
const empty: RoomView = {
  nowMs: 0,
  admittedAtMs: 1_000,
  others: 0,
  company: 0,
  lastSeenOthersAtMs: null,
  lastSeenCompanyAtMs: null,
  lastSoundAtMs: null,
  endAtMs: null,
};
const left = { lastSeenOthersAtMs: 51_000, lastSeenCompanyAtMs: 51_000 };
const bots = { others: 2, company: 0, lastSeenOthersAtMs: 51_000 };
const talk = { others: 2, company: 2, lastSeenOthersAtMs: 51_000, lastSeenCompanyAtMs: 51_000 };
const unknown = { others: null, company: null };

describe('leaving by itself', () => {
  // [what, the room, when the bot leaves (ms), the reason, the rule, its value (s)]
  it.each([
    ['nobody ever joined', {}, 101_000, 'nobody_joined', 'nobody_joined_timeout_seconds', 100],
    ['everybody has left', left, 71_000, 'everyone_left', 'everyone_left_timeout_seconds', 20],
    [
      'only bots were there and left: people may still come',
      { lastSeenOthersAtMs: 51_000 },
      101_000,
      'nobody_joined',
      'nobody_joined_timeout_seconds',
      100,
    ],
    ['only bots ever came', bots, 51_000, 'only_bots', 'only_bots_timeout_seconds', 50],
    [
      'the people left, the bots stayed',
      { ...bots, lastSeenCompanyAtMs: 41_000 },
      91_000,
      'only_bots',
      'only_bots_timeout_seconds',
      50,
    ],
    [
      'silence since before the grace was over',
      { ...talk, lastSoundAtMs: 5_000 },
      231_000,
      'silence',
      'silence_timeout_seconds',
      30,
    ],
    [
      'silence after the grace',
      { ...talk, lastSoundAtMs: 400_000 },
      430_000,
      'silence',
      'silence_timeout_seconds',
      30,
    ],
    [
      'silence, and the page does not show who is there',
      { ...unknown, lastSoundAtMs: 400_000 },
      430_000,
      'silence',
      'silence_timeout_seconds',
      30,
    ],
    ['a conversation', talk, 1_001_000, 'max_duration', 'max_duration_seconds', 1_000],
    [
      'the page does not show who is there',
      { ...unknown, ...left },
      1_001_000,
      'max_duration',
      'max_duration_seconds',
      1_000,
    ],
    ['the end of the booking', { ...talk, endAtMs: 90_500 }, 90_500, 'end_time', 'end_at', 89],
  ] as const)('%s', (_what, view, atMs, reason, rule, afterSeconds) => {
    const room = { ...empty, ...view };
    expect(leaveDecision(rules, { ...room, nowMs: atMs - 1 })).toBeNull();
    expect(leaveDecision(rules, { ...room, nowMs: atMs })).toEqual({ reason, rule, afterSeconds });
  });

  it('takes an empty room for empty, not for silent', () => {
    const room = { ...empty, ...left, nowMs: 500_000, lastSoundAtMs: 1_000 };
    expect(leaveDecision(rules, room)?.reason).toBe('everyone_left');
  });

  it('has spent no time in the call when the end had passed before', () => {
    const late = { ...empty, admittedAtMs: 5_000, nowMs: 5_000, endAtMs: 3_000 };
    expect(leaveDecision(rules, late)).toEqual({ reason: 'end_time', rule: 'end_at', afterSeconds: 0 });
  });
});

describe('the timers', () => {
  it('have defaults, none of them outside its own limits', () => {
    const defaults = leaveRulesSchema.parse({});
    expect(defaults).toEqual({
      waiting_room_timeout_seconds: 900,
      needs_action_after_seconds: 60,
      nobody_joined_timeout_seconds: 900,
      everyone_left_timeout_seconds: 60,
      only_bots_timeout_seconds: 600,
      silence_timeout_seconds: 1800,
      silence_grace_seconds: 1200,
      max_duration_seconds: 14_400,
    });
    expect(leaveRulesEditSchema.parse(defaults)).toEqual(defaults);
  });

  it.each([
    { max_duration_seconds: 1e9 },
    { silence_timeout_seconds: 29 },
    { silence_grace_seconds: -1 },
    { only_bots_timeout_seconds: 3_601 },
    { needs_action_after_seconds: 4 },
    { everyone_left_timeout_seconds: 1.5 },
  ])('%o is refused', (timers) => {
    expect(leaveRulesSchema.safeParse(timers).success).toBe(false);
    expect(leaveRulesEditSchema.safeParse(timers).success).toBe(false);
  });
});

describe('whatever the room', () => {
  const moment = fc.integer({ min: 0, max: 20_000_000 });
  const anyRules: fc.Arbitrary<LeaveRules> = fc
    .record(
      {
        nobody_joined_timeout_seconds: fc.integer({ min: 10, max: 14_400 }),
        everyone_left_timeout_seconds: fc.integer({ min: 0, max: 3_600 }),
        only_bots_timeout_seconds: fc.integer({ min: 0, max: 3_600 }),
        silence_timeout_seconds: fc.integer({ min: 30, max: 14_400 }),
        silence_grace_seconds: fc.integer({ min: 0, max: 14_400 }),
        max_duration_seconds: fc.integer({ min: 10, max: 43_200 }),
      },
      { requiredKeys: [] },
    )
    .map((timers) => leaveRulesSchema.parse(timers));
  const anyRoom: fc.Arbitrary<RoomView> = fc
    .record({
      admittedAtMs: moment,
      staysMs: moment,
      others: fc.option(fc.nat(5)),
      bots: fc.nat(5),
      lastSeenOthersAtMs: fc.option(moment),
      lastSeenCompanyAtMs: fc.option(moment),
      lastSoundAtMs: fc.option(moment),
      endAtMs: fc.option(moment),
    })
    .map(({ staysMs, bots: many, ...room }) => ({
      ...room,
      nowMs: room.admittedAtMs + staysMs,
      company: room.others === null ? null : Math.max(0, room.others - many),
    }));

  it('a bot that has to leave has to leave later too, for the same reason', () => {
    const property = fc.property(anyRules, anyRoom, fc.nat(10_000_000), (given, room, laterMs) => {
      const decision = leaveDecision(given, room);
      fc.pre(decision !== null);
      const later = leaveDecision(given, { ...room, nowMs: room.nowMs + laterMs });
      expect(later).toMatchObject({ reason: decision?.reason, rule: decision?.rule });
    });
    fc.assert(property);
  });

  it('no bot stays longer than its longest stay, or than its end', () => {
    const property = fc.property(anyRules, anyRoom, (given, room) => {
      const stayedMs = room.nowMs - room.admittedAtMs;
      const isOver = stayedMs >= given.max_duration_seconds * 1000;
      const isEnded = room.endAtMs !== null && room.nowMs >= room.endAtMs;
      if (isOver || isEnded) expect(leaveDecision(given, room)).not.toBeNull();
    });
    fc.assert(property);
  });

  it('company that is heard keeps a bot in the call until its longest stay or its end', () => {
    const property = fc.property(
      anyRules,
      anyRoom,
      fc.integer({ min: 1, max: 9 }),
      (given, room, company) => {
        const heard = { ...room, others: company + 1, company, lastSoundAtMs: room.nowMs };
        const reason = leaveDecision(given, heard)?.reason;
        expect([undefined, 'max_duration', 'end_time']).toContain(reason);
      },
    );
    fc.assert(property);
  });

  it('people whom the page does not show are never taken for gone', () => {
    const property = fc.property(anyRules, anyRoom, (given, room) => {
      const reason = leaveDecision(given, { ...room, ...unknown })?.reason;
      expect(['everyone_left', 'nobody_joined', 'only_bots']).not.toContain(reason);
    });
    fc.assert(property);
  });

  it('a decision carries the value of its rule', () => {
    const property = fc.property(anyRules, anyRoom, (given, room) => {
      const decision = leaveDecision(given, room);
      if (!decision || decision.rule === 'end_at') return;
      expect(decision.afterSeconds).toBe(given[decision.rule]);
    });
    fc.assert(property);
  });
});
