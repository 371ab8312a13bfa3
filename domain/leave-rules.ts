// When a bot in the call leaves by itself. A pure function of given times, so that tests
// need not wait.
import { z } from 'zod';
import type { LeaveReason } from './reasons.ts';

const seconds = (min: number, max: number) => z.int().min(min).max(max);
const HOUR = 3600;

const timers = {
  waiting_room_timeout_seconds: seconds(10, 4 * HOUR),
  nobody_joined_timeout_seconds: seconds(10, 4 * HOUR),
  everyone_left_timeout_seconds: seconds(0, HOUR),
  max_duration_seconds: seconds(10, 12 * HOUR),
};

/** The timers of one booking, in seconds, with our defaults. */
export const leaveRulesSchema = z.object({
  waiting_room_timeout_seconds: timers.waiting_room_timeout_seconds.default(900),
  nobody_joined_timeout_seconds: timers.nobody_joined_timeout_seconds.default(900),
  everyone_left_timeout_seconds: timers.everyone_left_timeout_seconds.default(60),
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
  /** When others were last seen; null when nobody was seen yet. */
  lastSeenOthersAtMs: number | null;
}

export interface LeaveDecision {
  reason: LeaveReason;
  /** The timer that ran out, in seconds; part of the event. */
  afterSeconds: number;
}

/**
 * The reason to leave now; null to stay. When the number of others is unknown, only the maximum duration
 * makes a bot leave: the page may be reconnecting.
 */
export function leaveDecision(rules: LeaveRules, room: RoomView): LeaveDecision | null {
  const { nowMs, admittedAtMs, others, lastSeenOthersAtMs } = room;
  const due = (sinceMs: number, limitSeconds: number) => nowMs - sinceMs >= limitSeconds * 1000;

  if (due(admittedAtMs, rules.max_duration_seconds)) {
    return { reason: 'max_duration', afterSeconds: rules.max_duration_seconds };
  }
  if (others === null || others > 0) return null;
  if (lastSeenOthersAtMs === null) {
    return due(admittedAtMs, rules.nobody_joined_timeout_seconds)
      ? { reason: 'nobody_joined', afterSeconds: rules.nobody_joined_timeout_seconds }
      : null;
  }
  return due(lastSeenOthersAtMs, rules.everyone_left_timeout_seconds)
    ? { reason: 'everyone_left', afterSeconds: rules.everyone_left_timeout_seconds }
    : null;
}
