// Selectors for the Teams web clients. Data only: see bot/page/data.ts. Grades: A semantic and stable (`data-tid`, id,
// role); B a label that depends on the language; C guess from the structure; D class or constant of one release.
// Observed 2025-06 to 2026-08, of the full client (v2) and of the light client.
import type { SelectorsModule } from '../page/assemble.ts';
import type { ChatSelectors, DeviceControls, FieldSelector, PeopleData } from '../page/data.ts';

const PEOPLE_ZONES = [
  '[data-stream-type]', // A a person's tile
  '[data-cid="calling-participant-stream"]', // A older
  '[data-tid="roster"]', // A
  '[data-tid="call-roster"]', // A light client
  '[data-tid="people-pane"]', // A
  '[data-tid^="participantsInCall-"]', // A
  '[data-cid="roster-participant"]', // A
  '[data-tid="roster-participant"]', // A
  '[role="tree"]', // A the roster
  '[role="treeitem"]', // A
  '[data-tid="chat-pane-list"]', // A
  '[data-tid="message-pane-list-runway"]', // A
  '[data-tid="chat-pane-item"]', // A
  '[data-tid="chat-pane-message"]', // A
  '[data-mid]', // A a message
  '[data-tid="closed-caption-renderer-wrapper"]', // A captions
  '[data-tid="closed-captions-renderer"]', // A
  '[data-tid="closed-caption-v2-virtual-list-content"]', // A
  '[data-tid="participant-info-nametag"]', // A
  '[role="log"]', // B chat elsewhere
  '[aria-label*="chat" i]:not(button):not([role="button"]):not(input)', // B
  '[aria-label*="caption" i]:not(button):not([role="button"])', // B
  '[contenteditable="true"]',
];

const NAME_MARKS: readonly string[] = ['[translate="no"]', '.notranslate'];

const TOASTS = [
  '[role="alert"]',
  '[role="alertdialog"]:not([aria-modal="true"])',
  '[data-tid*="toast" i]',
  '[data-tid*="notification" i]',
];

const DIALOGS = ['[role="dialog"]', '[role="alertdialog"]', '[aria-modal="true"]'];

const PROMINENT = [
  'h1',
  'h2',
  '[role="heading"]',
  '#calling-retry-screen-title', // A
  '[role="dialog"][aria-modal="true"]',
];

const JUNK_ZONES = ['script', 'style', 'noscript', 'template', 'svg', 'i', 'select', 'textarea'];

const NAME_INPUTS: readonly FieldSelector[] = [
  { css: '[data-tid="prejoin-display-name-input"]', needsJoinButton: false }, // A
  { css: 'input#prejoin-display-name', needsJoinButton: false }, // A
  { css: 'input[placeholder="Type your name" i]', needsJoinButton: false }, // B
  { css: 'input[placeholder*="name" i]', needsJoinButton: true }, // B
  { css: 'input[aria-label*="name" i]', needsJoinButton: true }, // B
  { css: 'input[type="text"]:not([aria-hidden="true"])', needsJoinButton: true }, // C
];

const PASSCODE_INPUTS = [
  'input[data-tid*="passcode" i]', // A
  'input[type="password"]', // C
  'input[placeholder*="passcode" i]', // B
  'input[aria-label*="passcode" i]', // B
];

const JOIN_BUTTONS = [
  '[data-tid="prejoin-join-button"]', // A stays, disabled, in the lobby
  'button#prejoin-join-button', // A
];

const CALL_MARKERS = [
  '#callingButtons-showMoreBtn', // A does not exist before the call
  '#hangup-button', // A
  '[data-inp="hangup-button"]', // A
  'button[data-tid="hangup-main-btn"]', // A
  '[data-tid="hangup-button"]', // A light client
  'button[aria-label^="Leave (" i]', // A with its keys
  '#raisehands-button', // A
  '[data-tid="roster-button"]', // A
  '#roster-button', // A
  '[data-tid="call-roster"]', // A light client
  '[data-tid="calling-toolbar"]', // A light client
  '[data-tid="modern-stage-wrapper"]', // A light client
  '[data-tid="callingScreen"]', // A light client
  '#custom-view-button', // A
];

const LOBBY_MARKERS = ['[data-tid="lobby-screen"]', '[data-tid="prejoin-lobby-message"]'];

const OVER_MARKERS = [
  'button[data-tid="anon-meeting-end-screen-rejoin-button"]', // A
  '[data-tid="calling-e2ee-end-screen"]', // A
];

const CAPTCHAS = [
  '[data-tid="HIP-Captcha-Image"]', // A
  'iframe[src*="captcha" i]', // A
  'iframe[title*="captcha" i]', // A
];
const CAPTCHA_MIN = { width: 60, height: 20 };

const LEAVE_BUTTONS = [
  '#hangup-button', // A
  '[data-inp="hangup-button"]', // A
  'button[data-tid="hangup-main-btn"]', // A
  '[data-tid="hangup-button"]', // A
  'button[aria-label^="Leave (" i]', // A
  'button[aria-label="Leave" i]', // B
  '[data-tid="prejoin-cancel-button"]', // A leaves the lobby
];

const DEVICES: readonly DeviceControls[] = [
  {
    name: 'microphone',
    turnOff: [
      '[data-tid="toggle-mute"][aria-checked="true"]', // A
      '[data-tid="toggle-mute"]:checked:not([aria-checked="false"])', // A
      '[data-tid="toggle-mute"][aria-pressed="true"]', // A
      'button[aria-label^="Mute mic" i]', // B also "Mute microphone"
      'button[title^="Mute mic" i]', // B
      'button[aria-label^="Turn off mic" i]', // B
    ],
    isOff: [
      '[data-tid="toggle-mute"][aria-checked="false"]',
      '[data-tid="toggle-mute"]:not([aria-checked]):not(:checked):not(button)',
      '[data-tid="toggle-mute"][aria-pressed="false"]',
      'button[aria-label^="Unmute mic" i]',
      'button[title^="Unmute mic" i]',
      'button[aria-label^="Turn on mic" i]',
    ],
    shortcut: 'Control+Shift+m',
  },
  {
    name: 'camera',
    turnOff: [
      '[data-tid="toggle-video"][aria-checked="true"]', // A
      '[data-tid="toggle-video"]:checked:not([aria-checked="false"])', // A
      '[data-tid="toggle-video"][aria-pressed="true"]', // A
      'button[aria-label^="Turn camera off" i]', // B
      'button[aria-label^="Turn off camera" i]', // B
      'button[aria-label^="Turn off video" i]', // B
      'button[title^="Turn camera off" i]', // B
    ],
    isOff: [
      '[data-tid="toggle-video"][aria-checked="false"]',
      '[data-tid="toggle-video"]:not([aria-checked]):not(:checked):not(button)',
      '[data-tid="toggle-video"][aria-pressed="false"]',
      'button[aria-label^="Turn camera on" i]',
      'button[aria-label^="Turn on camera" i]',
      'button[aria-label^="Turn on video" i]',
      'button[title^="Turn camera on" i]',
    ],
    shortcut: 'Control+Shift+o',
  },
];

const CONSENT_OK = 'button[data-tid*="consent-accept" i], button[data-tid*="accept-button" i]';

const GATES = [
  'button[data-tid="joinOnWeb"]', // A launcher
  '[data-tid="joinOnWeb"]', // A
];

const POPUPS = [
  '[role="dialog"]:not(:has(input)) button[aria-label="Close" i]', // B
  // B. Not that of the side panel, which the bot has opened itself to see who is there.
  `button[title="Close" i]:not(:is(aside, [role="complementary"], [data-tid*="panel" i], [data-tid*="pane" i]) *):not(:is(header, div):has(+ :is([data-tid="roster"], [data-tid="call-roster"], [role="tree"])) *)`,
];

export const PEOPLE: PeopleData = {
  tiles: [
    '[data-stream-type][data-tid]:not([data-stream-type="ScreenSharing"])', // A data-tid is the name
    '[data-cid="calling-participant-stream"]', // A older
  ],
  idAttributes: ['data-participant-id', 'data-user-id'],
  tilesByName: true,
  nameTags: [
    { css: '[data-tid^="participantsInCall-"] span[title]', attribute: 'title' }, // A roster
    { css: 'span[title]', attribute: 'title' }, // A roster
    { css: '[data-tid="participant-info-nametag"]', attribute: null }, // A tile
    { css: '[data-stream-type][data-tid]', attribute: 'data-tid' }, // A tile
  ],
  label: 'none', // "Ada Park, Organizer, muted": the name tag is surer
  nameSuffixes: [' (Unverified)', ' (Guest)', ' (External)', ' (Gast)', ' (Extern)', ' (Nicht überprüft)'],
  selfMarks: ['[data-tid="calling-self-video"]', '[data-is-local="true"]', '[data-tid="self-stream"]'], // B
  selfText: /^\(?\s*(?:you|me|sie|du)\s*\)?$/i, // B
  hostText: /^\(?\s*(?:organi[sz]er|co-?organi[sz]er|meeting organi[sz]er|organisator)\s*\)?$/i, // B
  sharedScreenText: /^(?:sharing|presenting|is sharing (?:their )?(?:screen|content))$/i, // B
  junkName:
    /^(?:unknown user|unbekannter benutzer|video-stream-\d+|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{20,})$/i,
  effects: {
    panels: '[role="dialog"], [role="complementary"], aside, [role="region"]',
    label: '^(?:video )?effects|^background(?:s| effects| filters)',
  },
  openButtons: [
    '#roster-button', // A
    '[data-tid="roster-button"]', // A
    'button[data-inp="roster-button"]', // A
    'button[aria-label^="People" i]', // A
    '[role="button"][aria-label^="People" i]', // A
    'button[aria-label*="participants" i]', // B
  ],
  lists: [
    'div[aria-label="Attendees" i][role="tree"]', // A
    '[role="tree"]', // A
    '[data-tid="roster"]', // A
    '[data-tid="call-roster"]', // A
    '[data-tid="people-pane"]', // A
    '[data-tid="roster-section"]', // A
  ],
  rows: [
    '[data-tid^="participantsInCall-"]', // A
    '[data-cid="roster-participant"]', // A
    '[data-tid="roster-participant"]', // A
  ],
  mergedRows: [],
  counts: [
    { css: '#roster-button [data-tid="toolbar-item-badge"]', attribute: null }, // A
    { css: '[data-tid="roster-button"] [data-tid="toolbar-item-badge"]', attribute: null }, // A
    { css: 'span[data-tid="toolbar-item-badge"]', attribute: null }, // A
    { css: 'button[aria-label^="People" i]', attribute: 'aria-label' }, // B
  ],
  levelAttribute: null,
  speakerFrames: [],
  speakingClasses: ['vdi-frame-occlusion'], // D
};

const CHAT: ChatSelectors = {
  openButtons: [
    'button#chat-button', // A
    '[data-tid="chat-button"]', // A
    'button[data-tid="toggle-chat"]', // A
    'button[aria-label^="Chat" i]', // B
    'button[aria-label^="Show conversation" i]', // B
  ],
  inputs: [
    '[data-tid="ckeditor"] [contenteditable="true"]', // A
    '[data-tid="ckeditor"][contenteditable="true"]', // A
    '[role="textbox"][contenteditable="true"]', // A
    '[contenteditable="true"][aria-label*="message" i]', // B
    'textarea[placeholder*="message" i]', // B
  ],
  sendButtons: [
    'button[data-tid="newMessageCommands-send"]',
    'button[name="send"]',
    'button[aria-label^="Send" i]',
  ],
  longest: 2_000,
};

/** All of it, for the engine. */
export const SELECTORS = {
  PEOPLE_ZONES,
  NAME_MARKS,
  TOASTS,
  DIALOGS,
  PROMINENT,
  JUNK_ZONES,
  NAME_INPUTS,
  PASSCODE_INPUTS,
  JOIN_BUTTONS,
  CALL_MARKERS,
  LOBBY_MARKERS,
  OVER_MARKERS,
  CAPTCHAS,
  CAPTCHA_MIN,
  LEAVE_BUTTONS,
  DEVICES,
  CONSENT_OK,
  GATES,
  POPUPS,
  CHAT,
} satisfies SelectorsModule;
