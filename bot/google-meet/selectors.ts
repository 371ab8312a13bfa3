// Selectors for Google's page. Data only: when the page changes, only this file or texts.ts should have to.
// Grades: A semantic and stable; B visible text, or a label that depends on the language; C guess from the
// structure; D class or constant of one release. Observed 2025-06 to 2026-08.

/** Text in these elements was written by people (names, chat, captions). It is never read as the platform's. */
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
  '[aria-label*="chat" i]:not(button):not([role="button"])', // B a chat panel outside of an aside
  '[aria-label*="in-call messages" i]', // B
  '[contenteditable="true"]',
];

/** Marks names outside the zones above. It counts only on short texts, since a whole page can carry it. */
export const NAME_MARKS = ['.notranslate', '[translate="no"]'];

/** Short notices. They can tell of reconnecting, but never of an end: a notice about muting once ended calls. */
export const TOASTS = ['[role="alert"]', '[role="alertdialog"]'];

export const DIALOGS = ['[role="dialog"]', '[role="alertdialog"]', '[aria-modal="true"]'];

/** Text in these elements is the page's main message. */
export const PROMINENT = ['h1', 'h2', '[role="heading"]', '[role="dialog"][aria-modal="true"]'];

/** Fields for the guest's name, best first. Some count only beside a join button. */
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

/** Any of these means that the bot is in the call, unless the page shows the lobby or the pre-join page. */
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

/** A person's tile or row. Previews of effects, also before the call, have the attribute too: see EFFECTS_LABEL. */
export const TILE = '[data-participant-id]';
export const SELF_NAME = '[data-self-name]';

/** A tile with this label, or inside an element with it, is a preview of effects and not a person. */
export const EFFECTS_LABEL = 'visual effects|backgrounds? (?:and|&) effects';

/** Elements with a heading of their own, by which a preview of effects is recognised. */
export const PANELS = 'aside, [role="complementary"], [role="dialog"], [role="region"]';

/** Labels that show that the bot waits for admission. The texts are in texts.ts. */
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

/** A captcha to solve. Every join page has an invisible one, so its size and kind are checked too. */
export const CAPTCHA_FRAMES = ['iframe[src*="recaptcha" i]', 'iframe[title*="recaptcha" i]'];
export const CAPTCHA_MIN = { width: 120, height: 40 };

export const LEAVE_BUTTONS = [
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

/** A list row that groups several devices in one room. The people have rows of their own. */
export const MERGED_ROWS = ['[aria-label="Merged audio"]', '[aria-label="Adaptive audio group"]'];

/** Where the number of people in the call is, for when there is no list. */
export const COUNT_ATTRIBUTE = 'data-avatar-count'; // A 2026-05
export const COUNT_LABELS = ['button[aria-label^="People" i]', '[role="button"][aria-label^="People" i]'];

export const AUDIO_LEVEL = 'data-audio-level'; // B "0" is silence
/** Mark who speaks, on pages without the attribute above. */
export const SPEAKING_CLASSES = ['Oaajhc', 'HX2H7', 'wEsLMd', 'OgVli']; // D

/** The button that agrees in a dialog that asks for consent. */
export const CONSENT_OK = 'button[data-mdc-dialog-action="ok"]'; // A

/** Content of these elements is never read as text: code, icon names, form fields. */
export const JUNK_ZONES = ['script', 'style', 'noscript', 'template', 'svg', 'i', 'select', 'textarea'];
