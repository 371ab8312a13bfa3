// Zoom's web client as data, for the page engine (bot/page/).
import type { PlatformData, Whereabouts } from '../page/data.ts';
import { isSignIn } from '../page/sign-in.ts';
import { CONSENT, CONSENT_BUTTONS, JOIN_FALLBACK, JOIN_NEVER } from '../page/words.ts';
import * as selectors from './selectors.ts';
import * as texts from './texts.ts';

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

export const ZOOM: PlatformData = {
  platform: 'zoom',
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
    passcodeInputs: selectors.PASSCODE_INPUTS,
    joinButtons: selectors.JOIN_BUTTONS,
    callMarkers: selectors.CALL_MARKERS,
    lobbyMarkers: selectors.LOBBY_MARKERS,
    overMarkers: selectors.OVER_MARKERS,
    captchas: selectors.CAPTCHAS,
    captchaMin: selectors.CAPTCHA_MIN,
    leaveButtons: selectors.LEAVE_BUTTONS,
    devices: selectors.DEVICES,
    consentOk: selectors.CONSENT_OK,
    gates: selectors.GATES,
    popups: selectors.POPUPS,
    joinAudio: selectors.JOIN_AUDIO,
    chat: selectors.CHAT,
  },
  texts: {
    over: texts.OVER_RULES,
    refused: texts.REFUSED_RULES,
    refusedButtons: [],
    lobby: texts.LOBBY_RULES,
    notStarted: texts.NOT_STARTED_RULES,
    cancelButtons: [],
    reconnecting: texts.RECONNECTING_RULES,
    alone: texts.ALONE_RULES,
    admitted: texts.ALONE_RULES,
    splash: texts.SPLASH_RULES,
    signInHosts: [],
    signInHeading: texts.SIGN_IN_HEADING,
    signInSupport: texts.SIGN_IN_SUPPORT,
    consent: CONSENT,
    consentNever: /take notes for me/i,
    consentButtons: CONSENT_BUTTONS,
    gateButtons: texts.GATE_BUTTONS,
    popupButtons: texts.POPUP_BUTTONS,
    deviceCards: texts.DEVICE_CARDS,
    joinButtons: texts.JOIN_BUTTONS,
    joinFallback: JOIN_FALLBACK,
    joinNever: JOIN_NEVER,
    leaveConfirmButtons: texts.LEAVE_CONFIRM_BUTTONS,
  },
  people: selectors.PEOPLE,
  // The API has made it the web client's own link.
  linkToOpen: (link) => link,
  whereIs,
  removesFromLobby: true,
  // "This meeting link is invalid (3,001)" is also shown for a meeting that nobody has started.
  notFoundPatienceMs: 120_000,
  remedy: 'Open the meeting in Zoom and admit the guest from the waiting room in the Participants panel.',
};
