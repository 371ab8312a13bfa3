// The checks of a booking that a schema cannot express: the link has to be a meeting's
// that we serve, and the join time has to lie ahead.
import { LONGEST_AHEAD_MS, PAST_TOLERANCE_MS } from '@meeboter/domain/booking.ts';
import type { MeetingLink, MeetingPlatform } from '@meeboter/domain/meeting-links/link.ts';
import { parseMeetingLink } from '@meeboter/domain/meeting-links/parse.ts';
import { withPasscode } from '@meeboter/domain/meeting-links/scan.ts';
import { invalidField } from './booking-error.ts';

/**
 * The meeting that a pasted text leads to, with the passcode that was given beside it. Throws BookingError for any
 * other text, or when `meeting_platform` disagrees.
 */
export function meetingLinkOf(
  booking: {
    meeting_url: string;
    meeting_passcode?: string | null | undefined;
    meeting_platform?: MeetingPlatform | undefined;
  },
  labOrigin: string | undefined,
): MeetingLink {
  const parsed = parseMeetingLink(booking.meeting_url, { labOrigin, platform: booking.meeting_platform });
  if (!parsed.ok) throw invalidField('meeting_url', parsed.problem, parsed.message);
  const { platform } = parsed.link;
  if (booking.meeting_platform !== undefined && booking.meeting_platform !== platform) {
    throw invalidField(
      'meeting_platform',
      'platform_mismatch',
      `The link is one of ${platform}, not of ${booking.meeting_platform}.`,
    );
  }
  const { meeting_passcode: passcode } = booking;
  if (passcode === undefined) return parsed.link;
  if (passcode === null) return { ...parsed.link, passcode };
  return { ...withPasscode(parsed.link, passcode), passcode };
}

/** Throws BookingError when a booking ends before its bot could join. `now`: the database's time. */
export function checkEndTime(endAt: Date | null, joinAt: Date, now: Date): void {
  const earliestMs = Math.max(joinAt.getTime(), now.getTime());
  if (endAt === null || endAt.getTime() > earliestMs) return;
  throw invalidField(
    'end_at',
    'end_before_join',
    `The bot would have to leave before it joins: end_at has to be later than ${new Date(earliestMs).toISOString()}.`,
  );
}

/** Throws BookingError unless the join time lies ahead of `now`, the database's time, and within a year. */
export function checkJoinTime(joinAt: Date, now: Date): void {
  const aheadMs = joinAt.getTime() - now.getTime();
  if (!(aheadMs >= -PAST_TOLERANCE_MS)) {
    throw invalidField(
      'join_at',
      'time_in_the_past',
      `The join time lies in the past; it is now ${now.toISOString()}.`,
    );
  }
  if (aheadMs > LONGEST_AHEAD_MS) {
    throw invalidField('join_at', 'time_too_far_ahead', 'A bot can be booked at most a year ahead.');
  }
}
