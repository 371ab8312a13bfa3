// Microsoft Teams. A meeting is named by the thread of its chat, with the tenant and the organiser in a context,
// or by a number with a passcode. Both come in many wrappings: launcher pages, the web client's fragments, the
// light client's coordinates. All become the address that the web client itself uses, on the link's own host.
import { keyAt, type ParsedMeetingLink, type Place, type RefusedLink, refuse } from './link.ts';
import { originsOf, teamsCloudOf } from './origins.ts';
import { base64Text } from './unwrap.ts';
import { decodedFully, decodedOnce, hasSecondUrl, rawParam, toUrl } from './url-text.ts';

const THREAD = /^19:[\w.+=/-]+@thread\.(?:v2|tacv2|skype)$/i;
const GUID = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';
const TENANT = new RegExp(`["']?Tid["']?\\s{0,3}:\\s{0,3}["']?(${GUID})`, 'i');
const ORGANISER = new RegExp(`["']?Oid["']?\\s{0,3}:\\s{0,3}["']?(${GUID})`, 'i');
const MESSAGE = /["']?MessageId["']?\s{0,3}:\s{0,3}["']?(\d+)/i;
const BROADCAST = /["']?IsBroadcastMeeting["']?\s{0,3}:\s{0,3}["']?true/i;

/** What names a meeting by its thread. */
interface Thread {
  thread: string;
  message: string;
  tenant: string | null;
  organiser: string | null;
  /** A reply in a channel that the meeting belongs to. */
  reply: string | null;
}

/** Parses a link of Microsoft Teams. */
export function teamsLink(url: URL, place: Place): ParsedMeetingLink {
  const path = url.pathname.toLowerCase();
  if (path.startsWith('/light-meetings')) return lightMeeting(url, place);
  if (path.startsWith('/dl/launcher') && !url.hash.startsWith('#/')) return launched(url, place);
  const route = url.hash.startsWith('#/') ? url.hash.slice(1) : url.pathname + url.search;
  return hasSecondUrl(route) ? secondUrl() : routed(route, place);
}

/** The launcher page carries the route of the web client, or the whole link, in a parameter. */
function launched(url: URL, place: Place): ParsedMeetingLink {
  const inner = decodedOnce(rawParam(url.search, 'url') ?? '');
  if (inner === '') return truncated();
  if (/^\/(?!\/)/.test(inner)) {
    const route = inner.replace(/^\/(?:_|v2\/?)?(?:\?[^#]*)?#/, '');
    return hasSecondUrl(route) ? secondUrl() : routed(route, place);
  }
  const target = toUrl(inner);
  const isOurs = target && (target.host === url.host || teamsCloudOf(target.host) !== null);
  if (!target || !isOurs || target.username || target.pathname.startsWith('/dl/launcher')) return secondUrl();
  return teamsLink(target, { ...place, origin: place.isLab ? place.origin : `https://${target.host}` });
}

function lightMeeting(url: URL, place: Place): ParsedMeetingLink {
  const raw = rawParam(url.search, 'coords');
  if (raw === null) return truncated();
  const text = base64Text(decodedFully(raw)) ?? '';
  if (hasSecondUrl(text)) return secondUrl();
  let coords: unknown;
  try {
    coords = JSON.parse(text);
  } catch {
    return truncated();
  }
  const field = (name: string) => {
    const value = (coords as Record<string, unknown> | null)?.[name];
    return typeof value === 'string' || typeof value === 'number' ? String(value) : null;
  };
  const code = field('meetingCode');
  if (code !== null) return numbered(code, field('passcode') ?? '', place);
  return threaded(
    {
      thread: field('conversationId') ?? '',
      message: field('messageId') ?? '0',
      tenant: field('tenantId'),
      organiser: field('organizerId'),
      reply: null,
    },
    place,
  );
}

/** A route of the web client: a path with a query. */
function routed(route: string, place: Place): ParsedMeetingLink {
  // Copied links sometimes have their question mark encoded.
  const mark = route.includes('?') ? -1 : route.search(/%3f/i);
  const whole = mark < 0 ? route : `${route.slice(0, mark)}?${decodedOnce(route.slice(mark + 3))}`;
  const at = whole.search(/[?&]/);
  const path = at < 0 ? whole : whole.slice(0, at);
  const query = at < 0 ? '' : whole.slice(at + 1);
  const segments = path.split('/').filter(Boolean);
  if (segments[0] === '_' || segments[0]?.toLowerCase() === 'v2') segments.shift();
  const kind = segments[0]?.toLowerCase() ?? '';
  const kindOfLink = kind === 'l' ? (segments[1]?.toLowerCase() ?? '') : kind;
  const rest = segments.slice(kind === 'l' ? 2 : 1);
  switch (kindOfLink) {
    case 'meetup-join':
    case 'pre-join-calling':
      return classic(rest, query, place);
    case 'meet':
      return short(rest, query, place);
    case '':
      return refuse('landing_page', `This Microsoft Teams link leads to no meeting. ${ASK}`);
    case 'meetingoptions':
      return refuse('helper_link', `This page sets the options of a meeting. ${ASK}`);
    case 'registration':
    case 'meeting-registration':
      return registration();
    case 'broadcast':
    case 'convene':
      return liveEvent();
    default:
      return refuse('not_a_meeting', `This Microsoft Teams link is not one of a meeting. ${ASK}`);
  }
}

const ASK = 'Paste the link behind “Join the meeting now” in the invitation.';

function classic(segments: string[], query: string, place: Place): ParsedMeetingLink {
  const [thread = '', message = '0'] = splitThread(decodedFully(segments.join('/')));
  const contextOf = rawParam(query, 'context');
  const context = decodedFully(contextOf ?? '');
  if (BROADCAST.test(context)) return liveEvent();
  const tenant = TENANT.exec(context)?.[1] ?? null;
  const organiser = ORGANISER.exec(context)?.[1] ?? null;
  const isCut = tenant === null || (organiser === null && !context.includes('}'));
  if (context !== '' && context !== '{}' && isCut) return truncated();
  return threaded(
    {
      thread,
      message,
      tenant,
      organiser,
      reply: MESSAGE.exec(context)?.[1] ?? null,
    },
    place,
  );
}

/** The id of a thread may contain a slash; it ends behind its domain. */
function splitThread(text: string): string[] {
  const end = text.search(/@thread\.(?:v2|tacv2|skype)/i);
  if (end < 0) return [text];
  const slash = text.indexOf('/', end);
  return slash < 0 ? [text] : [text.slice(0, slash), text.slice(slash + 1).replace(/\/.*$/s, '')];
}

function threaded(meeting: Thread, place: Place): ParsedMeetingLink {
  const { thread, tenant, organiser, reply } = meeting;
  const message = /^\d*/.exec(meeting.message)?.[0] || '0';
  if (/^\d{5,}$/.test(thread.replaceAll(/[\s-]/g, ''))) {
    return refuse(
      'numeric_meeting_id',
      'A meeting ID does not belong into this kind of link. Use https://teams.microsoft.com/meet/<meeting ID>?p=<passcode>, or paste the meeting ID with its passcode.',
    );
  }
  if (!THREAD.test(thread)) return truncated();
  const fields = [
    tenant && `"Tid":"${tenant.toLowerCase()}"`,
    organiser && `"Oid":"${organiser.toLowerCase()}"`,
    reply && `"MessageId":"${reply}"`,
  ].filter(Boolean);
  const context = fields.length === 0 ? '' : `context=${encoded(`{${fields.join(',')}}`)}&`;
  const id = thread.toLowerCase();
  // All meetings of a channel share its thread: they differ by their first message.
  const isChannel = !id.endsWith('@thread.v2');
  return {
    ok: true,
    link: {
      platform: 'microsoft-teams',
      joinUrl: `${place.origin}/v2/?meetingjoin=true#/l/meetup-join/${encoded(thread)}/${message}?${context}anon=true`,
      key: keyAt(place, `teams:${id}${isChannel && message !== '0' ? `/${message}` : ''}`),
      allowedOrigins: originsOf('microsoft-teams', place),
      passcode: null,
      warnings:
        tenant === null
          ? ['The link does not name the organisation of the meeting; Microsoft Teams may refuse a guest.']
          : [],
    },
  };
}

function short(segments: string[], query: string, place: Place): ParsedMeetingLink {
  const text = decodedFully(segments.join('/')).replaceAll(/[\s\u00a0-]/g, '');
  // Somebody glued the passcode to the number, or wrote it behind a question mark that was encoded.
  const [, digits = '', glued = ''] = /^(\d*)(?:[/?&]*(?:p=)?)(.*)$/s.exec(text) ?? [];
  const given = rawParam(query, 'p') ?? '';
  return numbered(digits, decodedOnce(given === '' ? glued : given), place);
}

/** A meeting by its number. A passcode of Microsoft Teams is part of the link. */
export function numbered(id: string, passcode: string, place: Place): ParsedMeetingLink {
  const digits = id.replaceAll(/[\s\u00a0-]/g, '');
  if (!/^\d*$/.test(digits)) return refuse('invalid_meeting_id', 'A meeting ID has digits only.');
  if (digits.length < 9) return truncated();
  if (digits.length > 16) {
    return refuse('invalid_meeting_id', 'A meeting ID of Microsoft Teams has at most 16 digits.');
  }
  const [word = ''] = passcode.trim().split(/[\s\u00a0]/);
  if (word.length > 64 || !/^[\w!#$%&*+.:;=?@^~-]*$/.test(word)) {
    return refuse('invalid_passcode', 'The passcode has characters that no passcode has. Copy it once more.');
  }
  const cloud = teamsCloudOf(new URL(place.origin).hostname) ?? 'work';
  const query = word === '' ? '' : `p=${encodeURIComponent(word)}&`;
  return {
    ok: true,
    link: {
      platform: 'microsoft-teams',
      joinUrl: `${place.origin}/v2/?meetingjoin=true#/meet/${digits}?${query}anon=true`,
      key: keyAt(place, place.isLab ? `teams:${digits}` : `teams:${cloud}:${digits}`),
      allowedOrigins: originsOf('microsoft-teams', place),
      passcode: null,
      warnings:
        word === ''
          ? ['The link has no passcode. Microsoft Teams asks for it when the meeting has one.']
          : [],
    },
  };
}

/** Microsoft's own links have lower-case percent codes; Microsoft Teams may refuse links that were rewritten. */
function encoded(text: string): string {
  return encodeURIComponent(text).replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase());
}

function truncated(): RefusedLink {
  return refuse('truncated_link', 'This Microsoft Teams link is cut off. Copy the whole link once more.');
}

function secondUrl(): RefusedLink {
  return refuse('unsafe_link', 'This link contains a second link. Paste the link of the meeting only.');
}

/** The refusal of a page where people register. */
export function registration(): RefusedLink {
  return refuse(
    'registration_required',
    'This page asks for a registration, which a bot cannot do. Register, and paste the link from the confirmation.',
  );
}

function liveEvent(): RefusedLink {
  return refuse(
    'unsupported_livestream',
    'This is a live event or town hall, where guests only watch; a bot cannot take part in it.',
  );
}
