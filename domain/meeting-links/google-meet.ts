// Google Meet. Which links it accepts was observed on the platform in 2026.
import { keyAt, type ParsedMeetingLink, type Place, refuse } from './link.ts';
import { originsOf } from './origins.ts';

export const MEET_HOST = 'meet.google.com';
export const MEET_PLACE: Place = { origin: `https://${MEET_HOST}`, isLab: false };

const CODE = /^[a-z]{3}-?[a-z]{4}-?[a-z]{3}$/;
/** A nickname of Google Workspace. Meet resolves it for people of the same organisation only. */
const NICKNAME = /^[a-z0-9][a-z0-9-]{3,58}[a-z0-9]$/;
const NO_MEETING =
  'This Google Meet link leads to no meeting: a meeting link ends in a code like abc-defg-hij.';

/** Whether a text is nothing but the code of a Google Meet. */
export function isMeetCode(text: string): boolean {
  return CODE.test(text.toLowerCase());
}

/** Parses a link of Google Meet by its path. `place`: the origin that the join link gets. */
export function meetLink(pathname: string, place: Place): ParsedMeetingLink {
  const segments = pathname.toLowerCase().split('/').filter(Boolean);
  // Links of the installed app begin with `_meet`, those of a second account with `u/1`.
  if (segments[0] === '_meet') segments.shift();
  if (segments[0] === 'u' && /^\d{1,2}$/.test(segments[1] ?? '')) segments.splice(0, 2);
  const [first = ''] = segments;
  const refusal = refusalOf(first);
  if (refusal) return refusal;
  const segment = segments.join('/');
  if (!CODE.test(segment) && !NICKNAME.test(segment)) {
    return refuse('invalid_meeting_id', 'This is not a Google Meet code: codes look like abc-defg-hij.');
  }
  const letters = segment.replaceAll('-', '');
  const code = CODE.test(segment)
    ? `${letters.slice(0, 3)}-${letters.slice(3, 7)}-${letters.slice(7)}`
    : segment;
  return {
    ok: true,
    link: {
      platform: 'google-meet',
      // The bot recognises the page by its English texts.
      joinUrl: `${place.origin}/${code}?hl=en`,
      key: keyAt(place, place.isLab ? code : `google_meet:${code}`),
      allowedOrigins: originsOf('google-meet', place),
      passcode: null,
      warnings: CODE.test(segment)
        ? []
        : [
            'This is a nickname. Google Meet opens it for people who are signed in to the same organisation only; use the link with the code.',
          ],
    },
  };
}

function refusalOf(first: string) {
  switch (first) {
    case '':
    case 'new':
    case 'landing':
    case 'about':
    case 'whoops':
    case 'linkredirect':
      return refuse('landing_page', NO_MEETING);
    case 'lookup':
      return refuse(
        'lookup_link',
        'Only people of the organisation can follow this lookup link. Open it, and paste the address with the code that it leads to.',
      );
    case 'tel':
      return refuse('dial_in', 'This is a link for phones. Paste the Google Meet link with the code.');
    case 'stream':
    case 'live':
      return liveStream();
    default:
      return null;
  }
}

/** The refusal of a live stream, whose viewers take no part in the meeting. */
export function liveStream() {
  return refuse(
    'unsupported_livestream',
    'This is a view-only live stream; a bot cannot take part in it. Ask for the link that the speakers use.',
  );
}
