// The entry: from whatever was pasted to the one meeting that a bot joins.
import { type LinkOptions, type MeetingLink, type ParsedMeetingLink, refuse } from './link.ts';
import { parseOneLink } from './one-link.ts';
import { byNumber, carriesPasscode, type FoundMeeting, scanMeetings, withPasscode } from './scan.ts';

const NOT_A_TEXT = /^(?:javascript|data|file|blob|mailto):/i;

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
  // A link that is in the text of such a URL is not what was pasted.
  if (whole && NOT_A_TEXT.test(text)) return whole;
  const { meetings, refused, unknown } = scanMeetings(text, options);
  const [best] = meetings.toSorted(byWorth);
  if (best) return { ok: true, link: withChoice(best, meetings) };
  const bare = bareId(text, options);
  if (bare) return bare;
  const refusal =
    refused[0]?.refusal ?? (whole?.problem === 'not_a_url' ? null : whole) ?? unknown[0]?.refusal;
  return refusal ?? refuse('not_a_url', 'There is no meeting link in this. Paste the link of a meeting.');
}

const BARE_ID = /^(\d(?:[ -]?\d){8,15})(?:\s{1,5}|\?(p|pwd)=)?(\S{0,200})$/;

/** A meeting ID without a link: what follows it may say the platform, and be the passcode. Null for any other text. */
function bareId(text: string, { platform }: LinkOptions): ParsedMeetingLink | null {
  const [, id = '', param, rest = ''] = BARE_ID.exec(text) ?? [];
  if (id === '' || (rest !== '' && param === undefined && /^\d/.test(text.slice(id.length)))) return null;
  const digits = id.replaceAll(/\D/g, '');
  if (param === 'pwd') return parseOneLink(`https://zoom.us/j/${digits}?pwd=${rest}`, {});
  if (param === 'p') return parseOneLink(`https://teams.microsoft.com/meet/${digits}?p=${rest}`, {});
  if (platform !== 'zoom' && platform !== 'microsoft-teams') {
    return refuse(
      'bare_meeting_id',
      'A meeting ID alone does not say which platform it is of. Name the platform, or paste the link.',
    );
  }
  const parsed = byNumber(platform, digits);
  return parsed.ok && rest !== '' ? { ok: true, link: withPasscode(parsed.link, rest) } : parsed;
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
