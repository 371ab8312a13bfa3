// Meeting links: turns what people paste into the one link that a bot opens.
//
// A link is parsed with the URL class and its host is compared as a whole, never
// by substring: `zoom.us.evil.example` is not Zoom. Which links Google Meet
// accepts was observed on the platform in 2026.

export const MEETING_PLATFORMS = ['google-meet', 'microsoft-teams', 'zoom'] as const;
export type MeetingPlatform = (typeof MEETING_PLATFORMS)[number];

export interface MeetingLink {
  platform: MeetingPlatform;
  /** The link that a bot opens. */
  joinUrl: string;
  /** Identifies the meeting: two spellings of one link have the same key. */
  key: string;
  /** The bot's browser may navigate to these origins only. */
  allowedOrigins: string[];
}

export type MeetingLinkProblem =
  | 'not_a_url'
  | 'unknown_meeting_host'
  | 'not_a_meeting'
  | 'unsupported_meeting'
  | 'platform_not_supported';

export type ParsedMeetingLink =
  | { ok: true; link: MeetingLink }
  | { ok: false; problem: MeetingLinkProblem; message: string };

const refuse = (problem: MeetingLinkProblem, message: string): ParsedMeetingLink => ({
  ok: false,
  problem,
  message,
});

const MEET_ORIGIN = 'https://meet.google.com';
const MEET_CODE = /^[a-z]{3}-?[a-z]{4}-?[a-z]{3}$/;
/** A nickname of Google Workspace. Meet resolves it for people of the same organisation only. */
const MEET_NICKNAME = /^[a-z0-9][a-z0-9-]{3,58}[a-z0-9]$/;
const MEET_NOT_MEETINGS = new Set(['new', 'landing', 'lookup', 'about', 'linkredirect', 'whoops', 'tel']);
const LONGEST_URL = 2_048;
const OPENING_MARKS = '<"\'“';
const CLOSING_MARKS = '>"\'”.,;)]';

/**
 * Parses a meeting link as a person pastes it: with or without a scheme, in quotes or angle brackets,
 * wrapped by a redirector of Google or Outlook, or as the bare code of a Google Meet.
 * `labOrigin`: origin of a lab server whose links count as Google Meet links.
 *
 * Never throws. Takes time linear in the length of the input; a link of more than 2,048 characters,
 * not counting the marks around it, is refused.
 */
export function parseMeetingLink(
  input: string,
  options: { labOrigin?: string | undefined } = {},
): ParsedMeetingLink {
  const text = withoutMarks(input.trim());
  if (text.length > LONGEST_URL)
    return refuse('not_a_url', `A meeting link has at most ${LONGEST_URL} characters.`);
  if (MEET_CODE.test(text.toLowerCase())) return meetLink(MEET_ORIGIN, text.toLowerCase());
  const url = unwrap(toUrl(text));
  if (!url) return refuse('not_a_url', 'This is not a URL.');
  if (url.username || url.password)
    return refuse('not_a_meeting', 'A meeting link carries no user name or password.');

  const lab = options.labOrigin === undefined ? null : new URL(options.labOrigin);
  if (lab && sameOrigin(url, lab)) return meetLink(lab.origin, firstSegment(url));
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    return refuse('unknown_meeting_host', `Links of the kind ${url.protocol} cannot be joined in a browser.`);
  }
  if (url.port) return refuse('unknown_meeting_host', 'A meeting link names no port.');
  const host = url.hostname.replace(/^www\./, '');
  if (host === 'meet.google.com') return meetLink(MEET_ORIGIN, firstSegment(url));
  if (host === 'stream.meet.google.com') {
    return refuse('unsupported_meeting', 'This is a view-only live stream; a bot cannot take part in it.');
  }
  if (isTeamsHost(host))
    return refuse('platform_not_supported', 'Microsoft Teams meetings are not supported yet.');
  if (isZoomHost(host)) return refuse('platform_not_supported', 'Zoom meetings are not supported yet.');
  return refuse('unknown_meeting_host', `${url.hostname} is not a meeting platform that Meeboter knows.`);
}

/**
 * The text without the quotes, brackets and punctuation that surround a pasted link. Two indices, not
 * a regular expression: `[…]+$` tries every run of marks in the text, which is quadratic.
 */
function withoutMarks(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && OPENING_MARKS.includes(text.charAt(start))) start += 1;
  while (end > start && CLOSING_MARKS.includes(text.charAt(end - 1))) end -= 1;
  return text.slice(start, end);
}

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

/** Whether two URLs have the same origin. The names of the own machine count as one name: people type localhost where 127.0.0.1 was printed. */
function sameOrigin(one: URL, other: URL): boolean {
  if (one.origin === other.origin) return true;
  const bothHere = LOOPBACK.has(one.hostname) && LOOPBACK.has(other.hostname);
  return bothHere && one.protocol === other.protocol && one.port === other.port;
}

function toUrl(text: string): URL | null {
  const withScheme = /^[a-z][a-z0-9+.-]*:/i.test(text)
    ? text
    : /^[\w-]+(\.[\w-]+)+([/?#]|$)/.test(text)
      ? `https://${text}`
      : text;
  return URL.canParse(withScheme) ? new URL(withScheme) : null;
}

/** The link inside the redirectors that mail and calendar programs wrap around it, up to three of them. */
function unwrap(url: URL | null): URL | null {
  let current = url;
  for (let depth = 0; current && depth < 3; depth += 1) {
    const inner = wrapped(current);
    if (inner === null) return current;
    current = toUrl(inner);
  }
  return current;
}

function wrapped(url: URL): string | null {
  if (/^(www\.)?google\.com$/.test(url.hostname) && url.pathname === '/url') {
    return url.searchParams.get('q') ?? url.searchParams.get('url');
  }
  if (url.hostname.endsWith('.safelinks.protection.outlook.com')) return url.searchParams.get('url');
  return null;
}

/** The path without slashes around it, and without the `_meet/` that links of the installed app begin with. */
function firstSegment(url: URL): string {
  const segments = url.pathname.toLowerCase().split('/').filter(Boolean);
  if (segments[0] === '_meet') segments.shift();
  return segments.length === 1 ? (segments[0] ?? '') : segments.join('/');
}

function meetLink(origin: string, segment: string): ParsedMeetingLink {
  if (segment === '' || MEET_NOT_MEETINGS.has(segment.split('/')[0] ?? '')) {
    return refuse(
      'not_a_meeting',
      'This Google Meet link leads to no meeting: a meeting link ends in a code like abc-defg-hij.',
    );
  }
  if (!MEET_CODE.test(segment) && !MEET_NICKNAME.test(segment)) {
    return refuse('not_a_meeting', 'This is not a Google Meet code: codes look like abc-defg-hij.');
  }
  const letters = segment.replaceAll('-', '');
  const code = MEET_CODE.test(segment)
    ? `${letters.slice(0, 3)}-${letters.slice(3, 7)}-${letters.slice(7)}`
    : segment;
  const lab = origin !== MEET_ORIGIN;
  return {
    ok: true,
    link: {
      platform: 'google-meet',
      // The bot recognises the page by its English texts.
      joinUrl: `${origin}/${code}?hl=en`,
      key: lab ? `lab:${new URL(origin).host}:${code}` : `google_meet:${code}`,
      allowedOrigins: [origin],
    },
  };
}

function isTeamsHost(host: string): boolean {
  return /^((gov|dod)\.)?teams\.(microsoft\.com|microsoft\.us|live\.com|cloud\.microsoft)$/.test(host);
}

function isZoomHost(host: string): boolean {
  return /(^|\.)(zoom\.us|zoomgov\.com|zoom\.com|zoom\.com\.cn|zoom-x\.de)$/.test(host);
}
