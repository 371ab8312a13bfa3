// When a bot in the call leaves by itself. A pure rule over counted time, so
// that every case can be tested without waiting.
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

/** The timers of one booking, in seconds, as the API takes them. Defaults are ours. */
export const leaveRulesSchema = z.object({
  waiting_room_timeout_seconds: timers.waiting_room_timeout_seconds.default(900),
  nobody_joined_timeout_seconds: timers.nobody_joined_timeout_seconds.default(900),
  everyone_left_timeout_seconds: timers.everyone_left_timeout_seconds.default(60),
  max_duration_seconds: timers.max_duration_seconds.default(4 * HOUR),
});

/** Some of the timers, to change a booking's: what is left out stays as it is. */
export const leaveRulesEditSchema = z.strictObject(timers).partial();

export type LeaveRules = z.infer<typeof leaveRulesSchema>;

/** What the bot knows of the room at one moment; times in ms on one monotonic clock. */
export interface RoomView {
  nowMs: number;
  admittedAtMs: number;
  /** Others in the room now; null when the page does not say. */
  others: number | null;
  /** When there were others for the last time; null when there never were. */
  lastSeenOthersAtMs: number | null;
}

export interface LeaveDecision {
  reason: LeaveReason;
  /** The rule's value that fired, in seconds: it is part of the event. */
  afterSeconds: number;
}

/**
 * The reason to leave now, or null to stay. An unknown count of others never
 * makes a bot leave before the maximum duration: the page may be reconnecting.
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
