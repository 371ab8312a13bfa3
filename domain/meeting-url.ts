// Meeting links: what people paste, and the one link it stands for.
//
// Hosts are compared label by label after parsing with the URL class, never by
// substring: `zoom.us.evil.example` is not Zoom. What Google Meet accepts was
// observed on the platform in 2026.

export const MEETING_PLATFORMS = ['google-meet', 'microsoft-teams', 'zoom'] as const;
export type MeetingPlatform = (typeof MEETING_PLATFORMS)[number];

export interface MeetingLink {
  platform: MeetingPlatform;
  /** The link a bot opens. */
  joinUrl: string;
  /** One meeting, one key, however its link was written. */
  key: string;
  /** Origins a browser may show as its page while it is about this meeting. */
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
/** A Workspace nickname; Meet resolves it for people of the same organisation. */
const MEET_NICKNAME = /^[a-z0-9][a-z0-9-]{3,58}[a-z0-9]$/;
const MEET_NOT_MEETINGS = new Set(['new', 'landing', 'lookup', 'about', 'linkredirect', 'whoops', 'tel']);
const LONGEST_URL = 2_048;

/**
 * Parses a meeting link as a person pastes it: with or without scheme, in quotes or angle brackets,
 * wrapped by Google's or Outlook's redirector, or as the bare code of a Google Meet.
 * `labOrigin`: a lab server whose links count as Google Meet links.
 */
export function parseMeetingLink(
  input: string,
  options: { labOrigin?: string | undefined } = {},
): ParsedMeetingLink {
  const text = input.trim().replace(/^[<"'“]+|[>"'”.,;)\]]+$/gu, '');
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

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

/** People write localhost where the machine's own address was printed. */
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

/** Takes a link out of the redirectors that mail and calendar programs wrap it in; at most three deep. */
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

/** The path's first segment, behind the `_meet/` of the installed app. */
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
      // The texts a bot reads are English ones.
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
