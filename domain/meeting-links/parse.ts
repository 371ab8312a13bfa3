// The entry: from whatever was pasted to the one meeting that a bot joins.
import { type LinkOptions, type MeetingLink, type ParsedMeetingLink, refuse } from './link.ts';
import { parseOneLink } from './one-link.ts';
import { carriesPasscode, type FoundMeeting, scanMeetings } from './scan.ts';

/**
 * The meeting of a pasted text: a link as a person pastes it, the code of a Google Meet, or a whole invitation.
 * Of several meetings it takes the one that the calendar itself names, then one whose passcode is known, then
 * the longest link, and says so in the warnings.
 * `labOrigin`: origin of a lab server, whose links count as those of the platform whose paths they have.
 *
 * Never throws and never fetches. Takes time linear in the length of the input.
 */
export function parseMeetingLink(input: string, options: LinkOptions = {}): ParsedMeetingLink {
  const text = input.trim();
  const isOneWord = !/\s/.test(text);
  const whole = isOneWord ? parseOneLink(text, options) : null;
  if (whole?.ok) return whole;
  const { meetings, refused, unknown } = scanMeetings(text, options);
  const [best] = meetings.toSorted(byWorth);
  if (best) return { ok: true, link: withChoice(best, meetings) };
  const isBareId = /^\d(?:[ -]?\d){8,15}(?:\s+\S{1,32})?$/.test(text);
  if (isBareId) {
    return refuse(
      'bare_meeting_id',
      'A meeting ID alone does not say which platform it is of. Paste the link, or the ID and the passcode with the words of the invitation.',
    );
  }
  const refusal =
    refused[0]?.refusal ?? (whole?.problem === 'not_a_url' ? null : whole) ?? unknown[0]?.refusal;
  return refusal ?? refuse('not_a_url', 'There is no meeting link in this. Paste the link of a meeting.');
}

/** Best first. */
function byWorth(one: FoundMeeting, other: FoundMeeting): number {
  const passcode = ({ link }: FoundMeeting) => Number(carriesPasscode(link) || link.passcode !== null);
  return (
    Number(other.isStructured) - Number(one.isStructured) ||
    passcode(other) - passcode(one) ||
    other.text.length - one.text.length
  );
}

function withChoice({ link, isStructured }: FoundMeeting, all: readonly FoundMeeting[]): MeetingLink {
  if (all.length === 1) return link;
  const others = all.filter((it) => it.link.key !== link.key).map((it) => it.link.platform);
  const why = isStructured ? 'which the calendar names' : 'which has the most complete link';
  return {
    ...link,
    warnings: [
      ...link.warnings,
      `The text has ${all.length} meetings. The one of ${link.platform}, ${why}, was taken; not taken: ${[...new Set(others)].join(', ')}.`,
    ],
  };
}
