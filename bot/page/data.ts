// A meeting platform as data: what its pages show and what their controls are called. Each platform has one
// object of this shape (google-meet/data.ts and so on), made of its selectors and texts with their grades,
// sources and dates. When a page changes, only data should have to.
import type { MeetingPlatform } from '@meeboter/domain/meeting-links/link.ts';
import type { OverKind, RefusedKind, TextRule } from './texts.ts';

/** Parts of the page, as lists of CSS selectors. */
export interface Zones {
  /** Text in these elements was written by people (names, chat, captions). It is never read as the platform's. */
  people: readonly string[];
  /** Marks names outside of `people`. It counts only on short texts, since a whole page can carry it. */
  nameMarks: readonly string[];
  /** Short notices. They can tell of reconnecting, but never of an end: a notice about muting once ended calls. */
  toasts: readonly string[];
  dialogs: readonly string[];
  /** Text in these elements is the page's main message. */
  prominent: readonly string[];
  /** Content of these elements is never read as text: code, icon names, form fields. */
  junk: readonly string[];
}

/** A field of the page, best selectors first. */
export interface FieldSelector {
  css: string;
  /** It counts only beside a join button. */
  needsJoinButton: boolean;
}

/** The control that turns a device off, and the one that shows that it is off. */
export interface DeviceControls {
  name: 'microphone' | 'camera';
  turnOff: readonly string[];
  isOff: readonly string[];
  /** Keys that switch it, such as `Control+d`; null when there are none. */
  shortcut: string | null;
}

/**
 * Selectors of controls and marks. A selector of a button by its label (`button[aria-label="People" i]`) finds the
 * button by its other names too: see controls.ts.
 */
export interface Selectors {
  nameInputs: readonly FieldSelector[];
  passcodeInputs: readonly string[];
  joinButtons: readonly string[];
  /** Any of these means that the bot is in the call, unless the page shows the lobby or the pre-join page. */
  callMarkers: readonly string[];
  lobbyMarkers: readonly string[];
  /** The page's own screen after the end. */
  overMarkers: readonly string[];
  /** A captcha to solve. Pages have invisible ones too, so size and kind are checked. */
  captchas: readonly string[];
  captchaMin: { width: number; height: number };
  leaveButtons: readonly string[];
  devices: readonly DeviceControls[];
  /** The button that agrees in a dialog that asks for consent. */
  consentOk: string;
  /** Controls to press before the pre-join page, such as a link to go on in the browser. */
  gates: readonly string[];
  /** Controls that close what lies over the page, such as a banner about cookies. */
  popups: readonly string[];
  /** Controls that the call needs before its sound is heard. */
  joinAudio: readonly string[];
  chat: ChatSelectors;
}

export interface ChatSelectors {
  openButtons: readonly string[];
  inputs: readonly string[];
  sendButtons: readonly string[];
  /** Characters of one message. */
  longest: number;
}

export interface Texts {
  over: readonly TextRule<OverKind>[];
  /** The first rule that matches decides the reason, so precise rules come first. */
  refused: readonly TextRule<RefusedKind>[];
  /** Buttons that exist only after a refusal. */
  refusedButtons: readonly string[];
  lobby: readonly RegExp[];
  /** The lobby of a meeting that nobody has started. Texts that are in `lobby` too. */
  notStarted: readonly RegExp[];
  /** Leaves the lobby. */
  cancelButtons: readonly string[];
  /** The page restores its connection. That is not an end, whatever else the page stops showing. */
  reconnecting: readonly RegExp[];
  /** Nobody else is in the call. */
  alone: readonly RegExp[];
  /** Shows admission, but only together with a button to leave the call. */
  admitted: readonly RegExp[];
  splash: readonly RegExp[];
  signInHeading: RegExp;
  signInSupport: RegExp;
  /** The dialog asks for consent, which the bot gives. */
  consent: readonly RegExp[];
  consentNever: RegExp;
  consentButtons: readonly string[];
  /** The buttons that pass dialogs before the pre-join page. */
  gateButtons: readonly string[];
  popupButtons: readonly string[];
  /** Texts of cards about a missing device, which are closed with the button beside them. */
  deviceCards: readonly string[];
  /** The buttons that ask to join, best first. `sure`: exists only on the pre-join page. */
  joinButtons: readonly { text: string; sure: boolean }[];
  /** For when no button has one of the texts above. */
  joinFallback: RegExp;
  joinNever: RegExp;
  leaveConfirmButtons: readonly string[];
}

/** Where a person's name stands, within a tile or row: the text of an element, or one of its attributes. */
export interface NameTag {
  css: string;
  attribute: string | null;
}

export interface PeopleData {
  tiles: readonly string[];
  /** Attributes with the page's id of a person, best first. */
  idAttributes: readonly string[];
  /** Names of tiles are ids: the page gives its tiles no other. */
  tilesByName: boolean;
  nameTags: readonly NameTag[];
  /** What a row's or tile's own label says: the name alone, the name before a comma, or nothing of use. */
  label: 'name' | 'name_first' | 'none';
  /** Endings that the page adds to names, such as ` (Unverified)`. */
  nameSuffixes: readonly string[];
  /** Elements that mark the bot's own tile or row. */
  selfMarks: readonly string[];
  /** A text beside the name that marks the bot itself, a host, a shared screen. */
  selfText: RegExp;
  hostText: RegExp;
  sharedScreenText: RegExp;
  /** An internal id, which the page shows while a person's name is loading. */
  junkName: RegExp;
  /** Panels of effects, whose previews look like tiles: where they can be, and how their label or heading begins. */
  effects: { panels: string; label: string };
  openButtons: readonly string[];
  lists: readonly string[];
  rows: readonly string[];
  /** A list row that groups several devices in one room. The people have rows of their own. */
  mergedRows: readonly string[];
  /** Where the number of people in the call is: elements whose attribute, text or label holds it. */
  counts: readonly NameTag[];
  /** An attribute of the page with the loudness of a tile ("0" is silence). Null when there is none. */
  levelAttribute: string | null;
  /** A frame with whoever speaks, or spoke last: the page may show in no other way who speaks. */
  speakerFrames: readonly string[];
  /** Classes of one release that mark who speaks. */
  speakingClasses: readonly string[];
}

/** Where an address is, seen from the meeting. `away`: somewhere else on an allowed host, such as a start page. */
export type Whereabouts = 'meeting' | 'sign_in' | 'over' | 'away';

export interface PlatformData {
  platform: MeetingPlatform;
  zones: Zones;
  selectors: Selectors;
  texts: Texts;
  people: PeopleData;
  /**
   * The addresses at which the bot tries to open the meeting, best first: the web client's own, and the invitation's
   * link for when that leads nowhere. Each visit takes the next one, and the last visits the first again.
   */
  linksToOpen(link: string): readonly [string, ...string[]];
  whereIs(url: string, link: string): Whereabouts;
  /** Whether guests in the lobby are turned away with the words of a removal. */
  removesFromLobby: boolean;
  /** A link that leads nowhere is opened again for this long, in ms: it can be one of a meeting that nobody has started. */
  notFoundPatienceMs: number;
  /** What the person who waits for the bot can do while it waits for admission, in a sentence. */
  remedy: string;
}
