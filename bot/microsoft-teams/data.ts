// Microsoft Teams as data, for the page engine (bot/page/).
import type { PlatformData, Whereabouts } from '../page/data.ts';
import { isSignIn } from '../page/sign-in.ts';
import { CONSENT, CONSENT_BUTTONS, JOIN_FALLBACK, JOIN_NEVER } from '../page/words.ts';
import * as selectors from './selectors.ts';
import * as texts from './texts.ts';

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
  return isSignIn(url, texts.SIGN_IN_HOSTS) ? 'sign_in' : 'away';
}

export const MICROSOFT_TEAMS: PlatformData = {
  platform: 'microsoft-teams',
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
    joinAudio: [],
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
    signInHosts: texts.SIGN_IN_HOSTS,
    signInHeading: texts.SIGN_IN_HEADING,
    signInSupport: texts.SIGN_IN_SUPPORT,
    consent: CONSENT,
    consentNever: /take notes for me/i,
    consentButtons: CONSENT_BUTTONS,
    gateButtons: texts.GATE_BUTTONS,
    popupButtons: texts.POPUP_BUTTONS,
    deviceCards: [],
    joinButtons: texts.JOIN_BUTTONS,
    joinFallback: JOIN_FALLBACK,
    joinNever: JOIN_NEVER,
    leaveConfirmButtons: texts.LEAVE_CONFIRM_BUTTONS,
  },
  people: selectors.PEOPLE,
  // The API has made it the web client's own link.
  linkToOpen: (link) => link,
  whereIs,
  removesFromLobby: false,
  notFoundPatienceMs: 0,
  remedy:
    'Open the meeting in Teams and admit the guest in the lobby notice or in the People panel; detected bots wait there under "Suspected threats".',
};
