// Google Meet as data, for the page engine (bot/page/).
import type { PlatformData, Whereabouts } from '../page/data.ts';
import { isSignIn } from '../page/sign-in.ts';
import * as selectors from './selectors.ts';
import * as texts from './texts.ts';

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
  return isSignIn(url, texts.SIGN_IN_HOSTS) ? 'sign_in' : 'away';
}

export const GOOGLE_MEET: PlatformData = {
  platform: 'google-meet',
  zones: {
    people: selectors.PEOPLE_ZONES,
    nameMarks: selectors.NAME_MARKS,
    toasts: selectors.TOASTS,
    dialogs: selectors.DIALOGS,
    prominent: selectors.PROMINENT,
    junk: selectors.JUNK_ZONES,
  },
  selectors: {
    nameInputs: selectors.NAME_INPUTS,
    passcodeInputs: [],
    joinButtons: [],
    callMarkers: selectors.CALL_MARKERS,
    lobbyMarkers: selectors.LOBBY_MARKERS,
    overMarkers: [],
    captchas: selectors.CAPTCHA_FRAMES,
    captchaMin: selectors.CAPTCHA_MIN,
    leaveButtons: selectors.LEAVE_BUTTONS,
    devices: selectors.DEVICES,
    consentOk: selectors.CONSENT_OK,
    gates: [],
    popups: [],
    joinAudio: [],
    chat: selectors.CHAT,
  },
  texts: {
    over: texts.OVER_RULES,
    refused: texts.REFUSED_RULES,
    refusedButtons: texts.REFUSED_BUTTONS,
    lobby: texts.LOBBY_RULES,
    notStarted: texts.NOT_STARTED_RULES,
    cancelButtons: texts.CANCEL_BUTTONS,
    reconnecting: texts.RECONNECTING_RULES,
    alone: texts.ALONE_RULES,
    admitted: texts.ADMITTED_RULES,
    splash: texts.SPLASH_RULES,
    signInHosts: texts.SIGN_IN_HOSTS,
    signInHeading: texts.SIGN_IN_HEADING,
    signInSupport: texts.SIGN_IN_SUPPORT,
    consent: texts.CONSENT_RULES,
    consentNever: texts.CONSENT_NEVER,
    consentButtons: texts.CONSENT_BUTTONS,
    gateButtons: texts.GATE_BUTTONS,
    popupButtons: texts.POPUP_BUTTONS,
    deviceCards: texts.DEVICE_CARDS,
    joinButtons: texts.JOIN_BUTTONS,
    joinFallback: texts.JOIN_FALLBACK,
    joinNever: texts.JOIN_NEVER,
    leaveConfirmButtons: texts.LEAVE_CONFIRM_BUTTONS,
  },
  people: selectors.PEOPLE,
  linkToOpen: meetUrl,
  whereIs,
  removesFromLobby: false,
  notFoundPatienceMs: 0,
  remedy:
    'Open the meeting in Google Meet and admit the guest in the request, or in the People panel under "Waiting to join".',
};
