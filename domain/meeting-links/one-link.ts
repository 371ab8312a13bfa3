// One link: which platform its host belongs to, and what the platform's own file makes of it. A host is
// compared as a whole, by labels, after parsing: `zoom.us.evil.example` is not Zoom.
import { isMeetCode, liveStream, MEET_HOST, MEET_PLACE, meetLink } from './google-meet.ts';
import { type LinkOptions, type ParsedMeetingLink, type RefusedLink, refuse } from './link.ts';
import { registration, teamsLink } from './microsoft-teams.ts';
import { isZoomPortal, originsOf, teamsCloudOf, zoomEditionOf } from './origins.ts';
import { unwrap } from './unwrap.ts';
import { hasSecondUrl, isBelow, toUrl, withoutMarks } from './url-text.ts';
import { zoomLink } from './zoom.ts';

/** More than any mail program makes of a link when it wraps it. */
const LONGEST_LINK = 8_192;
const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

/**
 * Parses one link: with or without a scheme, in quotes or angle brackets, wrapped by redirectors, or as the bare
 * code of a Google Meet. Never throws.
 */
export function parseOneLink(input: string, { labOrigin }: LinkOptions): ParsedMeetingLink {
  const text = withoutMarks(input.trim());
  if (text.length > LONGEST_LINK) {
    return refuse('link_too_long', `A meeting link has at most ${LONGEST_LINK} characters.`);
  }
  if (isMeetCode(text)) return meetLink(text, MEET_PLACE);
  const outer = toUrl(text);
  if (!outer) return refuse('not_a_url', 'This is not a URL. Paste the link of a meeting.');
  const lab = labOrigin === undefined ? null : new URL(labOrigin);
  if (lab && sameOrigin(outer, lab)) return unsafe(outer, { port: lab.port }) ?? labLink(outer, lab);
  const url = unwrap(outer);
  if ('ok' in url) return url;
  if (lab && sameOrigin(url, lab)) return unsafe(url, { port: lab.port }) ?? labLink(url, lab);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    return refuse('unknown_meeting_host', `Links of the kind ${url.protocol} cannot be joined in a browser.`);
  }
  return unsafe(url, { port: '' }) ?? byHost(url);
}

function unsafe(url: URL, { port }: { port: string }): RefusedLink | null {
  if (url.username || url.password)
    return refuse(
      'unsafe_link',
      'A meeting link carries no user name or password. Paste the link from the invitation.',
    );
  if (url.port !== port && url.port !== '')
    return refuse('unsafe_link', 'A meeting link names no port. Paste the link from the invitation.');
  return null;
}

function byHost(url: URL): ParsedMeetingLink {
  const host = url.hostname.replace(/^www\./, '');
  const place = { origin: `https://${host}`, isLab: false };
  if (teamsCloudOf(host) !== null) return teamsLink(url, place);
  const helper = helperOf(host, url.pathname);
  if (helper) return helper;
  const isZoom = zoomEditionOf(host) !== null && !host.includes('xn--');
  const isPortal = isZoomPortal(host);
  if (host === MEET_HOST || isZoom || isPortal) {
    if (hasSecondUrl(url.href)) {
      return refuse('unsafe_link', 'This link contains a second link. Paste the link of the meeting only.');
    }
    if (isPortal) return portalLink(url);
    return isZoom ? zoomLink(url, place) : meetLink(url.pathname, MEET_PLACE);
  }
  const lookAlike = host.includes('xn--') ? ' It is written with letters that look like others.' : '';
  return refuse(
    'unknown_meeting_host',
    `${url.hostname.slice(0, 100)} is not a meeting platform that Meeboter knows.${lookAlike} Paste a link of Google Meet, Microsoft Teams or Zoom.`,
  );
}

/** Hosts of the platforms that are not the meeting. */
function helperOf(host: string, path: string): RefusedLink | null {
  if (host === 'stream.meet.google.com') return liveStream();
  if (
    host === 'hangouts.google.com' ||
    host === 'duo.app.goo.gl' ||
    (host === 'g.co' && /^\/meet\//i.test(path))
  ) {
    return refuse(
      'legacy_link',
      'This is a link of an older service of Google. Open it, and paste the address at meet.google.com that it leads to.',
    );
  }
  if (host === 'tel.meet' || host === 'dialin.teams.microsoft.com') {
    return refuse('dial_in', 'This page lists phone numbers. Paste the link of the meeting itself.');
  }
  if (host === 'events.teams.microsoft.com') return registration();
  if (isBelow(host, 'microsoft.com') && /\/join-a-meeting/i.test(path)) {
    return refuse(
      'landing_page',
      'On this page people type a meeting ID. Paste the meeting ID with its passcode instead.',
    );
  }
  const isHelp =
    (host === 'aka.ms' && /^\/(?:joinTeamsMeeting|teams)/i.test(path)) ||
    ['support.office.com', 'support.microsoft.com', 'support.google.com', 'mysettings.lync.com'].includes(
      host,
    ) ||
    isBelow(host, 'teams.microsoft.com');
  return isHelp
    ? refuse(
        'helper_link',
        'This page explains how to join; it is not the meeting. Paste the link of the meeting itself.',
      )
    : null;
}

/** A portal of one of Zoom's customers: its page asks for a name and leads to Zoom. */
function portalLink(url: URL): ParsedMeetingLink {
  const id = /^\/meeting\/(\d{9,11})\/?$/.exec(url.pathname)?.[1];
  if (!id)
    return refuse(
      'not_a_meeting',
      'This page of the portal is not a meeting. Paste the link from the invitation.',
    );
  const joinUrl = `https://${url.hostname}${url.pathname}${url.search}`;
  return {
    ok: true,
    link: {
      platform: 'zoom',
      joinUrl,
      key: `zoom:${id}`,
      allowedOrigins: originsOf('zoom', { origin: `https://${url.hostname}`, isLab: false }),
      passcode: null,
      warnings: ['This link opens a portal, which may ask for more than a name before it leads to Zoom.'],
    },
  };
}

/** A link of the lab is one of the platform whose paths it has. */
function labLink(url: URL, lab: URL): ParsedMeetingLink {
  const place = { origin: lab.origin, isLab: true };
  const path = url.pathname.toLowerCase();
  const second = 'This link contains a second link. Paste the link of the meeting only.';
  if (/^\/(?:j|s|w|wc|my)(?:\/|$)/.test(path)) {
    return hasSecondUrl(url.href) ? refuse('unsafe_link', second) : zoomLink(url, place);
  }
  const isTeams = /^\/(?:l|meet|v2|light-meetings|dl|_)(?:\/|$)/.test(path) || url.hash.startsWith('#/');
  return isTeams ? teamsLink(url, place) : meetLink(url.pathname, place);
}

/** Whether two URLs have the same origin. The names of the own machine count as one name: people type localhost where 127.0.0.1 was printed. */
function sameOrigin(one: URL, other: URL): boolean {
  if (one.origin === other.origin) return true;
  const bothHere = LOOPBACK.has(one.hostname) && LOOPBACK.has(other.hostname);
  return bothHere && one.protocol === other.protocol && one.port === other.port;
}
