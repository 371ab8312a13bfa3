// Microsoft Teams as data, for the page engine (bot/page/).
import { assemble } from '../page/assemble.ts';
import type { PlatformData, Whereabouts } from '../page/data.ts';
import { isSignIn } from '../page/sign-in.ts';
import { PEOPLE, SELECTORS } from './selectors.ts';
import { SIGN_IN_HOSTS, TEXTS } from './texts.ts';

/** Paths of a meeting's pages: invitation, launcher, light client, and the full client, whose meeting is in the fragment. */
const MEETING_PATHS = /^\/(?:l\/meetup-join|meet|dl\/launcher|light-meetings|_)(?:\/|$)/;
const OVER_PATHS = /\/(?:postmeeting|meetingended|calling\/end)(?:\/|$)/i;

/**
 * The clients lead a guest through several addresses of Teams, on several of its hosts. Away is a page of Teams that
 * has no meeting: its start page.
 */
function whereIs(url: string, _link: string): Whereabouts {
  if (!URL.canParse(url)) return 'away';
  const { pathname, search, hash } = new URL(url);
  if (OVER_PATHS.test(pathname) || OVER_PATHS.test(hash)) return 'over';
  if (MEETING_PATHS.test(pathname)) return 'meeting';
  const isClient = /^\/v2(?:\/|$)/.test(pathname);
  const hasMeeting = /meetingjoin=true|meetup-join|#\/meet\/|calling/i.test(search + hash);
  if (isClient) return hasMeeting ? 'meeting' : 'away';
  return isSignIn(url, SIGN_IN_HOSTS) ? 'sign_in' : 'away';
}

/** The invitation's link, if the API has made the web client's own of it: `/v2/?meetingjoin=true#/meet/1?p=x&anon=true`. */
function invitationOf(link: string): string[] {
  const { origin, pathname, hash } = new URL(link);
  if (!/^\/v2\/?$/.test(pathname) || !hash.startsWith('#/')) return [];
  return [`${origin}${hash.slice(1).replace(/[?&]anon=true$/, '')}`];
}

export const MICROSOFT_TEAMS: PlatformData = {
  platform: 'microsoft-teams',
  ...assemble(SELECTORS, TEXTS),
  people: PEOPLE,
  linksToOpen: (link) => [link, ...invitationOf(link)],
  whereIs,
  removesFromLobby: false,
  notFoundPatienceMs: 0,
  remedy:
    'Open the meeting in Teams and admit the guest in the lobby notice or in the People panel; detected bots wait there under "Suspected threats".',
};
