// Zoom's web client as data, for the page engine (bot/page/).
import { assemble } from '../page/assemble.ts';
import type { PlatformData, Whereabouts } from '../page/data.ts';
import { isSignIn } from '../page/sign-in.ts';
import { PEOPLE, SELECTORS } from './selectors.ts';
import { TEXTS } from './texts.ts';

const MEETING_PATHS = /^\/(?:wc|j|w|s|my|meeting|webinar)(?:\/|$)/;
const OVER_PATHS = /\/(?:postattendee|leave|meeting\/ended)(?:\/|$)/i;

/** The web client stays under `/wc/`. White-label portals have addresses of their own, which are the link's. */
function whereIs(url: string, link: string): Whereabouts {
  if (!URL.canParse(url)) return 'away';
  const { origin, pathname } = new URL(url);
  if (OVER_PATHS.test(pathname)) return 'over';
  if (MEETING_PATHS.test(pathname)) return 'meeting';
  const home = new URL(link);
  if (origin === home.origin && pathname === home.pathname) return 'meeting';
  return isSignIn(url, []) ? 'sign_in' : 'away';
}

/** The invitation's link, if the API has made the web client's own of it: `app.zoom.us/wc/1/join?pwd=x`. */
function invitationOf(link: string): string[] {
  const { origin, pathname, search } = new URL(link);
  const number = /^\/wc\/(\d+)\/join\/?$/.exec(pathname)?.[1];
  return number === undefined ? [] : [`${origin.replace('//app.', '//')}/j/${number}${search}`];
}

export const ZOOM: PlatformData = {
  platform: 'zoom',
  ...assemble(SELECTORS, TEXTS),
  people: PEOPLE,
  linksToOpen: (link) => [link, ...invitationOf(link)],
  whereIs,
  removesFromLobby: true,
  // "This meeting link is invalid (3,001)" is also shown for a meeting that nobody has started.
  notFoundPatienceMs: 120_000,
  remedy: 'Open the meeting in Zoom and admit the guest from the waiting room in the Participants panel.',
};
