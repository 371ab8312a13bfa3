// When a bot in the call leaves by itself. A pure function of given times, so that tests
// need not wait.
import { z } from 'zod';
import type { LeaveReason } from './reasons.ts';

const seconds = (min: number, max: number) => z.int().min(min).max(max);
const HOUR = 3600;

const timers = {
  waiting_room_timeout_seconds: seconds(10, 4 * HOUR),
  /** How long in the waiting room before `bot.needs_action` asks somebody to admit the bot. */
  needs_action_after_seconds: seconds(5, HOUR),
  nobody_joined_timeout_seconds: seconds(10, 4 * HOUR),
  everyone_left_timeout_seconds: seconds(0, HOUR),
  only_bots_timeout_seconds: seconds(0, HOUR),
  silence_timeout_seconds: seconds(30, 4 * HOUR),
  /** Silence counts only after this long in the call: people wait for each other, muted. */
  silence_grace_seconds: seconds(0, 4 * HOUR),
  max_duration_seconds: seconds(10, 12 * HOUR),
};

/** The timers of one booking, in seconds, with our defaults. */
export const leaveRulesSchema = z.object({
  waiting_room_timeout_seconds: timers.waiting_room_timeout_seconds.default(900),
  needs_action_after_seconds: timers.needs_action_after_seconds.default(60),
  nobody_joined_timeout_seconds: timers.nobody_joined_timeout_seconds.default(900),
  everyone_left_timeout_seconds: timers.everyone_left_timeout_seconds.default(60),
  only_bots_timeout_seconds: timers.only_bots_timeout_seconds.default(600),
  silence_timeout_seconds: timers.silence_timeout_seconds.default(1800),
  silence_grace_seconds: timers.silence_grace_seconds.default(1200),
  max_duration_seconds: timers.max_duration_seconds.default(4 * HOUR),
});

/** Some of the timers, without defaults: for a booking that names only some, and for an edit. */
export const leaveRulesEditSchema = z.strictObject(timers).partial();

export type LeaveRules = z.infer<typeof leaveRulesSchema>;

/** What the bot knows about the call at one moment. Times are in ms of one monotonic clock. */
export interface RoomView {
  nowMs: number;
  admittedAtMs: number;
  /** Number of others in the call now; null when the page does not show it. */
  others: number | null;
  /** The others less bots and note takers; null when `others` is null. */
  company: number | null;
  /** When others were last seen; null when nobody was seen yet. */
  lastSeenOthersAtMs: number | null;
  /** When company was last seen; null when there was none yet. */
  lastSeenCompanyAtMs: number | null;
  /** When something was last heard; null when silence cannot be judged. */
  lastSoundAtMs: number | null;
  /** The booking's latest moment in the call; null when it has none. */
  endAtMs: number | null;
}

/** What makes a bot leave: one of the booking's timers, or its `end_at`. */
export type LeaveRule = keyof LeaveRules | 'end_at';

export interface LeaveDecision {
  reason: LeaveReason;
  /** The timer that ran out, in seconds; for `end_at` the time in the call. Part of the event. */
  afterSeconds: number;
  rule: LeaveRule;
}

/** A rule that applies to the room as it is now, with the moment at which it makes the bot leave. */
type Pending = LeaveDecision & { dueAtMs: number };

/**
 * The reason to leave now; null to stay. When several rules have run out, the one that did so first counts, so the
 * reason does not depend on how often the bot looks. When the number of others is unknown, the rules about people
 * make no bot leave: the page may be reconnecting.
 */
export function leaveDecision(rules: LeaveRules, room: RoomView): LeaveDecision | null {
  let first: Pending | null = null;
  for (const pending of [...limitsOf(rules, room), ...peopleRulesOf(rules, room)]) {
    if (pending.dueAtMs <= room.nowMs && (!first || pending.dueAtMs < first.dueAtMs)) first = pending;
  }
  return first && { reason: first.reason, afterSeconds: first.afterSeconds, rule: first.rule };
}

/** The limits of every stay, whoever is there. */
function limitsOf(rules: LeaveRules, { nowMs, admittedAtMs, endAtMs }: RoomView): Pending[] {
  const limits = [timer(rules, 'max_duration', 'max_duration_seconds', admittedAtMs)];
  if (endAtMs !== null) {
    const afterSeconds = Math.max(0, Math.floor((nowMs - admittedAtMs) / 1000));
    limits.push({ reason: 'end_time', afterSeconds, rule: 'end_at', dueAtMs: endAtMs });
  }
  return limits;
}

/** The rules about who is there and whether anybody speaks. */
function peopleRulesOf(rules: LeaveRules, room: RoomView): Pending[] {
  const { admittedAtMs, others, company, lastSeenOthersAtMs, lastSeenCompanyAtMs, lastSoundAtMs } = room;
  if (others === 0) {
    // Bots and note takers that came and went are nobody: people may still come.
    return lastSeenOthersAtMs === null || lastSeenCompanyAtMs === null
      ? [timer(rules, 'nobody_joined', 'nobody_joined_timeout_seconds', admittedAtMs)]
      : [timer(rules, 'everyone_left', 'everyone_left_timeout_seconds', lastSeenOthersAtMs)];
  }
  const pending: Pending[] = [];
  if (others !== null && company === 0) {
    const aloneSinceMs = lastSeenCompanyAtMs ?? admittedAtMs;
    pending.push(timer(rules, 'only_bots', 'only_bots_timeout_seconds', aloneSinceMs));
  }
  if (lastSoundAtMs !== null) {
    const graceOverAtMs = admittedAtMs + rules.silence_grace_seconds * 1000;
    const silentSinceMs = Math.max(lastSoundAtMs, graceOverAtMs);
    pending.push(timer(rules, 'silence', 'silence_timeout_seconds', silentSinceMs));
  }
  return pending;
}

function timer(rules: LeaveRules, reason: LeaveReason, rule: keyof LeaveRules, sinceMs: number): Pending {
  const afterSeconds = rules[rule];
  return { reason, afterSeconds, rule, dueAtMs: sinceMs + afterSeconds * 1000 };
}
