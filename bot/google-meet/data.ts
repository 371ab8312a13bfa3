// Google Meet as data, for the page engine (bot/page/).
import { assemble } from '../page/assemble.ts';
import type { PlatformData, Whereabouts } from '../page/data.ts';
import { isSignIn } from '../page/sign-in.ts';
import { PEOPLE, SELECTORS } from './selectors.ts';
import { SIGN_IN_HOSTS, TEXTS } from './texts.ts';

/** Query parameters of signed-in browsers and of tracking. */
const QUERY_NOISE = ['authuser', 'hs', 'pli', 'ijlm', 'utm_source', 'utm_medium', 'utm_campaign'];

/** The link as the bot opens it: in English, since the bot reads texts, and without the parameters above. */
export function meetUrl(link: string): string {
  const url = new URL(link);
  for (const name of QUERY_NOISE) url.searchParams.delete(name);
  url.searchParams.set('hl', 'en');
  url.hash = '';
  return url.href;
}

/** A meeting has one address: its code. The query changes when the page reconnects. */
function whereIs(url: string, link: string): Whereabouts {
  if (!URL.canParse(url)) return 'away';
  const { origin, pathname } = new URL(url);
  const home = new URL(link);
  const pathOf = (path: string) =>
    path
      .replace(/^\/_meet(?=\/)/, '')
      .replace(/\/$/, '')
      .toLowerCase();
  if (origin === home.origin && pathOf(pathname) === pathOf(home.pathname)) return 'meeting';
  return isSignIn(url, SIGN_IN_HOSTS) ? 'sign_in' : 'away';
}

export const GOOGLE_MEET: PlatformData = {
  platform: 'google-meet',
  ...assemble(SELECTORS, TEXTS),
  people: PEOPLE,
  linksToOpen: (link) => [meetUrl(link)],
  whereIs,
  removesFromLobby: false,
  notFoundPatienceMs: 0,
  remedy:
    'Open the meeting in Google Meet and admit the guest in the request, or in the People panel under "Waiting to join".',
};
