// What the schema cannot say of a booking: links that are meetings, times that make sense.
import { LONGEST_AHEAD_MS, PAST_TOLERANCE_MS } from '@meeboter/domain/booking.ts';
import { type MeetingLink, type MeetingPlatform, parseMeetingLink } from '@meeboter/domain/meeting-url.ts';
import { Problem } from '../problem.ts';

/** The meeting behind a link as it was pasted. Throws 422 for anything else, or when the platform does not agree. */
export function meetingLinkOf(
  body: { meeting_url: string; meeting_platform?: MeetingPlatform | undefined },
  labOrigin: string | undefined,
): MeetingLink {
  const parsed = parseMeetingLink(body.meeting_url, { labOrigin });
  if (!parsed.ok) throw invalidField('/meeting_url', parsed.problem, parsed.message);
  if (body.meeting_platform !== undefined && body.meeting_platform !== parsed.link.platform) {
    throw invalidField(
      '/meeting_platform',
      'platform_mismatch',
      `The link is one of ${parsed.link.platform}, not of ${body.meeting_platform}.`,
    );
  }
  return parsed.link;
}

/** A join time that lies ahead, within a year. Throws 422 for any other. */
export function joinTimeOf(text: string, now: Date): Date {
  const joinAt = new Date(text);
  const aheadMs = joinAt.getTime() - now.getTime();
  if (aheadMs < -PAST_TOLERANCE_MS) {
    throw invalidField(
      '/join_at',
      'time_in_the_past',
      `The join time lies in the past; it is now ${now.toISOString()}.`,
    );
  }
  if (aheadMs > LONGEST_AHEAD_MS) {
    throw invalidField('/join_at', 'time_too_far_ahead', 'A bot can be booked at most a year ahead.');
  }
  return joinAt;
}

/** A 422 about one field. */
export function invalidField(pointer: string, code: string, detail: string): Problem {
  return new Problem(422, {
    code: 'invalid_request',
    detail: `${pointer}: ${detail}`,
    errors: [{ pointer, code, detail }],
  });
}
