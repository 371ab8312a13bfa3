// Where things are in Google's page. Data only: a change of the page should be
// a change of this file or of texts.ts. Grades: A semantic and stable, B visible
// text or a label that depends on the language, C structural guess, D a class or
// a constant of one release. Observed 2025-06 to 2026-08.

/** Text in here was written by people (names, chat, captions) and is never read as the page's own. */
export const PEOPLE_ZONES = [
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
  '[aria-label*="chat" i]:not(button):not([role="button"])', // B a chat panel that is no aside
  '[aria-label*="in-call messages" i]', // B
  '[contenteditable="true"]',
];

/** Names outside the zones above carry this; only where it marks a short text, since a whole page may carry it too. */
export const NAME_MARKS = ['.notranslate', '[translate="no"]'];

/** Short notices. They may tell of reconnecting, never of an end: a mute notice once ended calls. */
export const TOASTS = ['[role="alert"]', '[role="alertdialog"]'];

export const DIALOGS = ['[role="dialog"]', '[role="alertdialog"]', '[aria-modal="true"]'];

/** What stands out: a text in here is the page's main message. */
export const PROMINENT = ['h1', 'h2', '[role="heading"]', '[role="dialog"][aria-modal="true"]'];

/** The guest's name, best first. The last ones count only beside a join button. */
export const NAME_INPUTS: readonly { css: string; needsJoinButton: boolean }[] = [
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

/** Any one of them, with no sign of the lobby or the pre-join page, means: in the call. */
export const CALL_MARKERS = [
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

/** A person's tile or row. The effects panel reuses the attribute in the lobby: see EFFECTS_LABEL. */
export const TILE = '[data-participant-id]';
export const SELF_NAME = '[data-self-name]';

/** The label, of a tile or of what contains it, that makes it a preview of effects and no person. */
export const EFFECTS_LABEL = 'visual effects|backgrounds? (?:and|&) effects';

/** What has a heading of its own, so that a preview in it can be told by that. */
export const PANELS = 'aside, [role="complementary"], [role="dialog"], [role="region"]';

/** Waiting to be let in, told by label only (the texts are in texts.ts). */
export const LOBBY_MARKERS = [
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

/** A captcha to solve. An invisible one is on every join page, so size and kind are looked at too. */
export const CAPTCHA_FRAMES = ['iframe[src*="recaptcha" i]', 'iframe[title*="recaptcha" i]'];
export const CAPTCHA_MIN = { width: 120, height: 40 };

export const LEAVE_BUTTONS = [
  'button[aria-label="Leave call" i]', // A
  '[role="button"][aria-label="Leave call" i]', // A
  'button[aria-label*="Leave call" i]', // A with a shortcut in the label
  'button[aria-label="Anruf verlassen" i]', // B de
  'button[aria-label="Sair da chamada" i]', // B pt
  'button[jsname="CQylAd"]', // D
];

const pressable = (label: string) => [
  `button[aria-label*="${label}" i]`,
  `[role="button"][aria-label*="${label}" i]`,
];

/** Each device: the control that turns it off, and the one that proves that it is. */
export const DEVICES = [
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
] as const;

export const PEOPLE_BUTTONS = [
  'button[aria-label="People" i]', // A
  'button[aria-label^="People" i]', // A
  '[role="button"][aria-label^="People" i]', // A
  'button[aria-label="Show everyone" i]', // A older
  'button[aria-label^="Personen" i]', // B de
  'nav button[data-panel-id="1"]', // B
];

export const PEOPLE_LISTS = [
  '[role="list"][aria-label="Participants" i]', // A
  'aside [role="list"]', // B
  '[aria-label="People" i] [role="list"]', // B
];
export const PEOPLE_ROW = '[role="listitem"]';

/** A row of the list for several devices in one room; the people are rows of their own. */
export const MERGED_ROWS = ['[aria-label="Merged audio"]', '[aria-label="Adaptive audio group"]'];

/** How many are in the call, for when there is no list to read. */
export const COUNT_ATTRIBUTE = 'data-avatar-count'; // A 2026-05
export const COUNT_LABELS = ['button[aria-label^="People" i]', '[role="button"][aria-label^="People" i]'];

export const AUDIO_LEVEL = 'data-audio-level'; // B "0" is silence
/** Used only on pages without the attribute above. */
export const SPEAKING_CLASSES = ['Oaajhc', 'HX2H7', 'wEsLMd', 'OgVli']; // D

/** The button that agrees, inside a dialog that asks for consent. */
export const CONSENT_OK = 'button[data-mdc-dialog-action="ok"]'; // A

/** Never text: code, icons by name, form fields. */
export const JUNK_ZONES = ['script', 'style', 'noscript', 'template', 'svg', 'i', 'select', 'textarea'];
