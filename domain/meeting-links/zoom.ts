// Zoom. A meeting is a number of 9 to 11 digits. `pwd` is the encrypted passcode and `tk` the token of somebody
// who has registered: both are kept exactly as they were written. All other parameters are noise, and `zak`
// would give the bot the rights of the host.
import { keyAt, type ParsedMeetingLink, type Place, type RefusedLink, refuse } from './link.ts';
import { originsOf, zoomEditionOf } from './origins.ts';
import { decodedFully, rawParam, withoutClosingMarks } from './url-text.ts';

const VANITY = /^[\p{L}\p{N}][\p{L}\p{N}._-]{1,62}$/u;
const ASK = 'Paste the link behind “Join Zoom Meeting” in the invitation.';
/** Kinds of links whose next segment is the number. */
const NUMBERED = ['j', 's', 'w'];
/** Words that stand behind a link in invitations, and are no passcode. */
const PROSE = /^(?:meeting|passcode|password|webinar|join|dial|one|topic|time|id\b)/i;
const HELP = [
  'support',
  'explore',
  'blog',
  'news',
  'learning',
  'community',
  'marketplace',
  'status',
  'trust',
];

/** Parses a link of Zoom. `place`: the origin that the join link gets in a lab, else the link's own. */
export function zoomLink(url: URL, place: Place): ParsedMeetingLink {
  const [sub = ''] = url.hostname.split('.');
  if (!place.isLab && (sub === 'events' || sub === 'ev')) return ticket();
  if (!place.isLab && HELP.includes(sub)) {
    return refuse('helper_link', `This is a page of Zoom about Zoom, not a meeting. ${ASK}`);
  }
  const { segments, query } = partsOf(url);
  const [kind = '', second = '', third = ''] = segments;
  const web = webPlace(url, place);
  if (kind.toLowerCase() === 'wc') {
    const first = second.toLowerCase();
    if (first === 'my') return personalRoom(third, query, place, url);
    return numbered(first === 'join' || first === 'start' ? third : second, query, web);
  }
  if (NUMBERED.includes(kind.toLowerCase())) {
    const parsed = numbered(second, query, web);
    if (parsed.ok && kind.toLowerCase() === 'w' && rawParam(query, 'tk') === null) {
      parsed.link.warnings.push(
        'This is a webinar. Without the token of somebody who has registered (tk) Zoom may refuse the bot.',
      );
    }
    return parsed;
  }
  if (kind.toLowerCase() === 'my') return personalRoom(second, query, place, url);
  // Links of the installed app, whose host may be anything of Zoom.
  const confno = rawParam(query, 'confno');
  if (confno !== null) return numbered(confno, query, web);
  return refusalOf(kind.toLowerCase(), second.toLowerCase());
}

/** A meeting by its number, with what is kept of its query. */
export function numbered(text: string, query: string, place: Place): ParsedMeetingLink {
  const [, digits = '', behind = ''] = /^(\d*)(.*)$/s.exec(text.replaceAll(/[\s\u00a0-]/g, '')) ?? [];
  if (digits === '' && behind !== '') {
    return refuse('invalid_meeting_id', `A Zoom meeting ID has 9 to 11 digits. ${ASK}`);
  }
  if (digits.length < 9) {
    return refuse(
      'truncated_link',
      'This Zoom link is cut off: a meeting ID has 9 to 11 digits. Copy the link once more.',
    );
  }
  if (digits.length > 11) {
    return refuse(
      'invalid_meeting_id',
      `A Zoom meeting ID has 9 to 11 digits, and this has ${digits.length}. ${ASK}`,
    );
  }
  const kept = keptOf(query);
  if ('ok' in kept) return kept;
  return {
    ok: true,
    link: {
      platform: 'zoom',
      joinUrl: `${place.origin}/wc/${digits}/join${kept.query}`,
      key: keyAt(place, `zoom:${digits}`),
      allowedOrigins: originsOf('zoom', place),
      passcode: kept.passcode,
      warnings: kept.warnings,
    },
  };
}

/** Only Zoom knows the number of a personal room: the bot opens the link, and is led to it. */
function personalRoom(text: string, query: string, place: Place, url: URL): ParsedMeetingLink {
  const name = withoutClosingMarks(decodedFully(text));
  if (name === '')
    return refuse('truncated_link', 'This link of a personal room is cut off. Copy it once more.');
  if (!VANITY.test(name)) return refuse('invalid_meeting_id', `This is not the name of a Zoom room. ${ASK}`);
  const kept = keptOf(query);
  if ('ok' in kept) return kept;
  const origin = place.isLab ? place.origin : `https://${ownHost(url.hostname)}`;
  const room = { ...place, origin };
  const host = place.isLab ? '' : `${new URL(origin).host.replace(/^(?:us\d*(?:web)?|www|app)\./, '')}/`;
  return {
    ok: true,
    link: {
      platform: 'zoom',
      joinUrl: `${origin}/my/${encodeURIComponent(name)}${kept.query}`,
      key: keyAt(place, `zoom:${host}my/${name.toLowerCase()}`),
      allowedOrigins: originsOf('zoom', room),
      passcode: kept.passcode,
      warnings: [
        'This is a personal room. The bot learns the meeting ID only when it opens the link.',
        ...kept.warnings,
      ],
    },
  };
}

/** Segments and query of a link, also where its question mark was encoded, forgotten or doubled. */
function partsOf(url: URL): { segments: string[]; query: string } {
  const whole = (url.pathname + url.search)
    .replace(/%3f/gi, '?')
    .replace(/([?&](?:pwd|tk|confno))%3d/gi, '$1=')
    .replace(/%26(pwd|tk)=/gi, '&$1=');
  const at = whole.search(/[?&]/);
  const path = at < 0 ? whole : whole.slice(0, at);
  const query = at < 0 ? '' : whole.slice(at + 1).replaceAll('?', '&');
  return { segments: path.split('/').filter(Boolean).map(decodedFully), query };
}

interface Kept {
  query: string;
  passcode: string | null;
  warnings: string[];
}

function keptOf(query: string): Kept | RefusedLink {
  const warnings: string[] = [];
  if (rawParam(query, 'zak') !== null) {
    warnings.push(
      'The link was the host’s own. Its host token (zak) was left out: the bot joins as a guest.',
    );
  }
  const { value: pwd, glued } = cutGlued(wordOf(rawParam(query, 'pwd')));
  const tk = wordOf(rawParam(query, 'tk'));
  if (!/^[\w.~%+/=:-]{0,500}$/.test(pwd)) {
    return refuse('invalid_passcode', 'The passcode in this link (pwd) is damaged. Copy the link once more.');
  }
  if (!/^[\w.~%+/=:-]{0,1000}$/.test(tk)) {
    return refuse('truncated_link', 'The token in this link (tk) is damaged. Copy the link once more.');
  }
  if (glued !== null) warnings.push('The passcode stood directly behind the link; it was taken apart.');
  const parts = [pwd && `pwd=${pwd}`, tk && `tk=${tk}`].filter(Boolean);
  return { query: parts.length === 0 ? '' : `?${parts.join('&')}`, passcode: glued, warnings };
}

/** The value up to a blank or a mark that no token has: text that followed the link. */
function wordOf(raw: string | null): string {
  const [word = ''] = (raw ?? '').split(/%20|%c2%a0|%0[9ad]|%3c|%3e|%22|&nbsp|[\s,;)\]}>"'*<|]/i);
  return withoutClosingMarks(word);
}

/** Zoom's tokens end in `.1`. What follows was glued to the link: the passcode to type, or the invitation's next line. */
function cutGlued(raw: string): { value: string; glued: string | null } {
  const [, value, behind] = /^([\w-]+\.1)(.{4,})$/.exec(raw) ?? [];
  if (value === undefined || behind === undefined) return { value: raw, glued: null };
  return { value, glued: !PROSE.test(behind) && /^[\w@-]{4,10}$/.test(behind) ? behind : null };
}

/** The host of the web client. Other editions than zoom.us keep the host of the link. */
function webPlace(url: URL, place: Place): Place {
  if (place.isLab) return place;
  const edition = zoomEditionOf(url.hostname);
  const hasApp = edition === 'zoom.us' || edition === 'zoomgov.com';
  return { ...place, origin: hasApp ? `https://app.${edition}` : `https://${url.hostname}` };
}

/** zoom.com is an alias of zoom.us. */
function ownHost(host: string): string {
  return host === 'zoom.com' || host.endsWith('.zoom.com') ? host.replace(/zoom\.com$/, 'zoom.us') : host;
}

function ticket(): RefusedLink {
  return refuse(
    'registration_required',
    'Links of Zoom Events belong to the person who registered. Paste the link of the meeting itself.',
  );
}

function refusalOf(kind: string, second: string): RefusedLink {
  switch (kind) {
    case '':
    case 'join':
    case 'meetings':
    case 'profile':
    case 'signin':
      return refuse('landing_page', `This Zoom link leads to no meeting. ${ASK}`);
    case 'meeting':
    case 'webinar':
      if (second !== 'register') break;
      return refuse(
        'registration_required',
        'This page asks for a registration, which a bot cannot do. Register, and paste the link from the confirmation.',
      );
    case 'ej':
    case 'ejl':
      return ticket();
    case 'rec':
    case 'recording':
    case 'clips':
      return refuse('recording_link', `This is a recording of a meeting that is over. ${ASK}`);
    case 'u':
    case 't':
    case 'zoomconference':
      return refuse('dial_in', `This page lists phone numbers. ${ASK}`);
    case 'start':
    case 'launch':
      return refuse('host_link', `Only the host can use this link, to start a meeting. ${ASK}`);
    case 'live':
    case 'livestream':
      return refuse(
        'unsupported_livestream',
        'This is a view-only live stream; a bot cannot take part in it.',
      );
    case 'skype':
    case 'oauth':
    case 'download':
    case 'test':
      return refuse('helper_link', `This Zoom link helps with a meeting, but leads to none. ${ASK}`);
    default:
      break;
  }
  return refuse('not_a_meeting', `This Zoom link is not one of a meeting. ${ASK}`);
}
