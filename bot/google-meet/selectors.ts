// Selectors for Google's page. Data only: when the page changes, only this file or texts.ts should have to.
// Grades: A semantic and stable; B visible text, or a label that depends on the language; C guess from the
// structure; D class or constant of one release. Observed 2025-06 to 2026-08.

import type { SelectorsModule } from '../page/assemble.ts';
import type { ChatSelectors, DeviceControls, FieldSelector, PeopleData } from '../page/data.ts';

/** Text in these elements was written by people (names, chat, captions). It is never read as the platform's. */
const PEOPLE_ZONES = [
  '[data-participant-id]', // A tiles and list rows
  '[data-requested-participant-id]', // B
  '[data-self-name]', // A
  '[role="listitem"]', // A list rows
  '[role="list"][aria-label="Participants"]', // A
  '[data-message-id]', // A chat messages
  'aside', // A side panel: chat, people
  '[role="complementary"]', // A
  '[role="log"]', // B chat elsewhere
  '[role="region"][aria-label*="caption" i]', // B captions
  '[aria-label*="chat" i]:not(button):not([role="button"])', // B a chat panel outside of an aside
  '[aria-label*="in-call messages" i]', // B
  '[contenteditable="true"]',
];

/** Marks names outside the zones above. It counts only on short texts, since a whole page can carry it. */
const NAME_MARKS = ['.notranslate', '[translate="no"]'];

/** Short notices. They can tell of reconnecting, but never of an end: a notice about muting once ended calls. */
const TOASTS = ['[role="alert"]', '[role="alertdialog"]'];

const DIALOGS = ['[role="dialog"]', '[role="alertdialog"]', '[aria-modal="true"]'];

/** Text in these elements is the page's main message. */
const PROMINENT = ['h1', 'h2', '[role="heading"]', '[role="dialog"][aria-modal="true"]'];

/** Fields for the guest's name, best first. Some count only beside a join button. */
const NAME_INPUTS: readonly FieldSelector[] = [
  { css: 'input[aria-label="Your name" i]', needsJoinButton: false }, // A
  { css: 'input[placeholder="Your name" i]', needsJoinButton: false }, // A
  { css: 'input[autocomplete="name"]', needsJoinButton: false }, // A
  { css: 'input[aria-label="A neved" i]', needsJoinButton: false }, // B hu
  { css: 'input[aria-label="Ihr Name" i]', needsJoinButton: false }, // B de
  { css: 'input[aria-label="Seu nome" i]', needsJoinButton: false }, // B pt
  { css: 'input[placeholder*="name" i]', needsJoinButton: true }, // B
  { css: 'input.qdOxv-fmcmS-wGMbrd', needsJoinButton: true }, // D
  { css: 'input[jsname][type="text"]', needsJoinButton: true }, // C
  { css: 'input[type="text"]:not([aria-hidden="true"])', needsJoinButton: true }, // C
  { css: 'input:not([type]):not([aria-hidden="true"])', needsJoinButton: true }, // C
];

/** Any of these means that the bot is in the call, unless the page shows the lobby or the pre-join page. */
const CALL_MARKERS = [
  'button[aria-label="Chat with everyone" i]', // A side panel buttons do not exist in the lobby
  'button[aria-label="Meeting details" i]', // A
  'button[aria-label="Host controls" i]', // A
  'button[aria-label="Meeting tools" i]', // A
  'button[aria-label*="Turn on captions" i]', // A
  'button[aria-label*="Turn off captions" i]', // A
  'button[aria-label^="People" i]', // A also "People - 3 joined"
  'button[aria-label="Show everyone" i]', // A
  'button[aria-label^="Personen" i]', // B de
  'nav button[data-panel-id="1"]', // B
  'button[aria-label*="Share screen" i]', // A
  'button[aria-label*="Present now" i]', // A
];

/** Labels that show that the bot waits for admission. The texts are in texts.ts. */
const LOBBY_MARKERS = [
  '[aria-label*="Asking to be let in" i]', // A
  '[aria-label*="waiting room" i]', // A
  '[aria-label*="waiting for admission" i]', // A
  '[aria-label^="someone lets you in" i]', // B
  '[aria-label*="Please wait until" i]', // B
  '[aria-label*="brings you into" i]', // B
  'img[alt*="Please wait until" i]', // B
  'img[alt*="brings you into the call" i]', // B
  '[data-call-state="waiting"]', // B
];

/** A captcha to solve. Every join page has an invisible one, so its size and kind are checked too. */
const CAPTCHAS = ['iframe[src*="recaptcha" i]', 'iframe[title*="recaptcha" i]'];
const CAPTCHA_MIN = { width: 120, height: 40 };

const LEAVE_BUTTONS = [
  'button[aria-label="Leave call" i]', // A
  '[role="button"][aria-label="Leave call" i]', // A
  'button[aria-label*="Leave call" i]', // A label with a shortcut
  'button[aria-label="Anruf verlassen" i]', // B de
  'button[aria-label="Sair da chamada" i]', // B pt
  'button[jsname="CQylAd"]', // D
];

const pressable = (label: string) => [
  `button[aria-label*="${label}" i]`,
  `[role="button"][aria-label*="${label}" i]`,
];

/** For each device: the control that turns it off, and the one that shows that it is off. */
const DEVICES: readonly DeviceControls[] = [
  {
    name: 'microphone',
    turnOff: [...pressable('Turn off microphone'), ...pressable('Mikrofon deaktivieren')], // A, B de
    isOff: [...pressable('Turn on microphone'), 'button[aria-label^="Mikrofon aktivieren" i]'],
    shortcut: 'Control+d',
  },
  {
    name: 'camera',
    turnOff: [...pressable('Turn off camera'), ...pressable('Kamera deaktivieren')],
    isOff: [...pressable('Turn on camera'), 'button[aria-label^="Kamera aktivieren" i]'],
    shortcut: 'Control+e',
  },
];

export const PEOPLE: PeopleData = {
  tiles: ['[data-participant-id]'], // A tiles; list rows have it too. Previews of effects as well: see `effects`
  idAttributes: ['data-participant-id'], // A
  tilesByName: false,
  nameTags: [
    { css: '[data-self-name]', attribute: 'data-self-name' }, // A
    { css: '.notranslate, [translate="no"]', attribute: null }, // B
  ],
  label: 'name', // A of rows; tiles have none
  nameSuffixes: [],
  selfMarks: ['[data-self-name]'], // A
  selfText: /^\(?\s*(?:you|sie|você|du)\s*\)?$/i, // B en, de, pt
  hostText: /^(?:meeting host|host|co-?host|organi[sz]er|organisator)$/i, // B
  sharedScreenText: /^(?:presentation|your presentation|presenting|sharing (?:their )?screen)$/i, // B
  junkName: /^Google Participant \(|spaces\/|devices\//,
  effects: {
    panels: 'aside, [role="complementary"], [role="dialog"], [role="region"]',
    label: '^(?:visual )?effects|^backgrounds? (?:and|&) (?:visual )?effects|^apply visual effects', // B
  },
  openButtons: [
    'button[aria-label="People" i]', // A
    'button[aria-label^="People" i]', // A
    '[role="button"][aria-label^="People" i]', // A
    'button[aria-label="Show everyone" i]', // A older
    'button[aria-label^="Participants" i]', // B
    'button[aria-label^="Personen" i]', // B de
    'nav button[data-panel-id="1"]', // B
  ],
  lists: [
    '[role="list"][aria-label="Participants" i]', // A
    'aside [role="list"]:not(:has([data-message-id]))', // B not the one of a chat
    '[aria-label="People" i] [role="list"]', // B
    '[role="list"]:has([role="listitem"][data-participant-id])', // A
  ],
  rows: ['[role="listitem"]'],
  mergedRows: ['[aria-label="Merged audio"]', '[aria-label="Adaptive audio group"]'],
  counts: [
    { css: '[data-avatar-count]', attribute: 'data-avatar-count' }, // A 2026-05
    {
      css: 'button[aria-label^="People" i], [role="button"][aria-label^="People" i]',
      attribute: 'aria-label',
    },
  ],
  levelAttribute: 'data-audio-level', // B "0" is silence
  speakerFrames: [],
  speakingClasses: ['Oaajhc', 'HX2H7', 'wEsLMd', 'OgVli'], // D
};

const CHAT: ChatSelectors = {
  openButtons: [
    'button[aria-label="Chat with everyone" i]', // A
    'button[aria-label^="Chat" i]', // A
    'button[aria-label="Toggle chat" i]', // B older
  ],
  inputs: [
    'textarea[aria-label^="Send a message" i]', // A
    'textarea[placeholder*="Send a message" i]', // A
    'input[aria-label^="Send a message" i]', // B
    '[contenteditable="true"][aria-label*="message" i]', // B
  ],
  sendButtons: ['button[aria-label^="Send" i]', 'button[aria-label*="Send a message" i]'],
  longest: 500, // observed 2025
};

/** The button that agrees in a dialog that asks for consent. */
const CONSENT_OK = 'button[data-mdc-dialog-action="ok"]'; // A

/** Content of these elements is never read as text: code, icon names, form fields. */
const JUNK_ZONES = ['script', 'style', 'noscript', 'template', 'svg', 'i', 'select', 'textarea'];

/** All of it, for the engine. */
export const SELECTORS = {
  PEOPLE_ZONES,
  NAME_MARKS,
  TOASTS,
  DIALOGS,
  PROMINENT,
  NAME_INPUTS,
  CALL_MARKERS,
  LOBBY_MARKERS,
  CAPTCHAS,
  CAPTCHA_MIN,
  LEAVE_BUTTONS,
  DEVICES,
  CHAT,
  CONSENT_OK,
  JUNK_ZONES,
} satisfies SelectorsModule;
