// Selectors for the Zoom web client. Data only: see bot/page/data.ts. Grades: A semantic and stable (id, role, label of
// the product); B a label that depends on the language; C guess from the structure; D class of one release. Observed
// 2025-06 to 2026-08. The client can be in a frame of the page.
import type { SelectorsModule } from '../page/assemble.ts';
import type { ChatSelectors, DeviceControls, FieldSelector, PeopleData } from '../page/data.ts';

const FRAMES = [
  '.single-main-container__video-frame', // A 2026
  '.single-suspension-container__video-frame', // A 2026, while a screen is shared
  '[class*="gallery-video-container__video-frame"]', // D
  '[class*="speaker-active-container__video-frame"]', // D older
  '[class*="speaker-bar-container__video-frame"]', // D older
];

const PEOPLE_ZONES = [
  ...FRAMES,
  '.video-avatar__avatar', // D
  '[class*="video-avatar__avatar-footer"]', // D names
  '[role="list"][aria-label^="participants" i]', // A
  '#participants-ul', // A
  '.participants-li', // A
  '[class*="participants-item"]', // D
  '[aria-label="Chat Message List" i]', // A
  '[id^="chat-message"]', // A
  '[class*="new-chat-message"]', // D
  '[class*="chat-item__"]', // D
  '.chat-rtf-box__display', // D
  '[class*="live-transcription"]', // D captions
  '[role="log"]', // B
  '[aria-label*="chat" i]:not(button):not([role="button"]):not(input)', // B
  '[aria-label*="caption" i]:not(button):not([role="button"]):not(a)', // B
  '[contenteditable="true"]',
];

const NAME_MARKS: readonly string[] = ['[translate="no"]', '.notranslate'];

const TOASTS = [
  '[role="alert"]',
  '[class*="notification"]', // D
  '[class*="toast"]', // D
  '.relative-tooltip', // D
];

const DIALOGS = [
  '[role="dialog"]',
  '[role="alertdialog"]',
  '[aria-modal="true"]',
  '.zm-modal', // A
  '.zm-modal-legacy', // A
  '.ReactModal__Content', // A
  '.recording-disclaimer-dialog', // D
];

const PROMINENT = [
  'h1',
  'h2',
  '[role="heading"]',
  '.zm-modal-body-title', // A
  '[role="dialog"]',
  '[aria-modal="true"]',
  '.zm-modal',
  '.zm-modal-legacy',
];

const JUNK_ZONES = ['script', 'style', 'noscript', 'template', 'svg', 'i', 'select', 'textarea'];

const NAME_INPUTS: readonly FieldSelector[] = [
  { css: '#input-for-name', needsJoinButton: false }, // A
  { css: '#inputname', needsJoinButton: false }, // A classic client
  { css: 'input[placeholder="Your Name" i]', needsJoinButton: false }, // B
  { css: 'input[aria-label*="name" i]', needsJoinButton: true }, // B
  { css: 'input[placeholder*="name" i]', needsJoinButton: true }, // B
  { css: 'input[type="text"]:not([aria-hidden="true"]):not(#input-for-pwd)', needsJoinButton: true }, // C
];

const PASSCODE_INPUTS = [
  '#input-for-pwd', // A
  '#inputpasscode', // A classic client
  'input[type="password"]', // C
  'input[placeholder*="passcode" i]', // B
  'input[aria-label*="passcode" i]', // B
];

const JOIN_BUTTONS = [
  'button.preview-join-button', // A
  '#joinBtn', // A classic client
];

const CALL_MARKERS = [
  'button[aria-label="Leave" i]', // A the footer hides while the mouse does not move
  '#wc-footer', // A older
  '#foot-bar', // A older
  'button[aria-label*="participants list" i]', // A
  'button[aria-label*="chat panel" i]', // A
  '.footer-button__number-counter', // D
  '.single-main-container__video-frame', // A
  '.single-suspension-container__video-frame', // A
  '[class*="gallery-video-container__video-frame"]', // D
];

const LOBBY_MARKERS = ['.waiting-room-container', '[class*="waiting-room"]'];

const OVER_MARKERS = [
  'div[aria-label="Meeting is end now" i]', // A
];

const CAPTCHAS = [
  '.component_smart_captcha', // A
  '.CaptchaContainer', // A
  'input[placeholder*="captcha" i]', // B
  'iframe[src*="recaptcha" i]', // A
  'iframe[title*="recaptcha" i]', // A
];
const CAPTCHA_MIN = { width: 60, height: 20 };

const LEAVE_BUTTONS = [
  'button[aria-label="Leave" i]', // A
  'button[aria-label="Leave Meeting" i]', // B
  'button.leave-btn', // A the waiting room
  '[class*="leave-btn"]', // D
];

const DEVICES: readonly DeviceControls[] = [
  {
    name: 'microphone',
    turnOff: [
      '#preview-audio-control-button[aria-label="Mute" i]', // A
      '#preview-audio-control-button[aria-label^="Mute" i]', // A
      '#preview-audio-control-button:has(svg.SvgAudioUnmute)', // A older: the icon of a microphone that is on
      'button[aria-label="mute my microphone" i]', // A in the call
    ],
    isOff: [
      '#preview-audio-control-button[aria-label^="Unmute" i]', // A
      '#preview-audio-control-button:has(svg.SvgAudioMute)', // A
      'button[aria-label="unmute my microphone" i]', // A
    ],
    shortcut: 'Alt+a',
  },
  {
    name: 'camera',
    turnOff: [
      '#preview-video-control-button[aria-label^="Stop Video" i]', // A
      '#preview-video-control-button:has(svg.SvgVideoOn)', // A
      'button[aria-label="stop my video" i]', // A
    ],
    isOff: [
      '#preview-video-control-button[aria-label^="Start Video" i]', // A
      '#preview-video-control-button:has(svg.SvgVideoOff)', // A
      'button[aria-label="start my video" i]', // A
    ],
    shortcut: 'Alt+v',
  },
];

const CONSENT_OK = '.zm-modal-footer-default-actions button.zm-btn--primary, button.zm-btn--primary';

const GATES = [
  '#wc_agree1', // A terms
  '#disclaimer_agree', // A
  'a[web_client]', // A launcher
];

const POPUPS = [
  '#onetrust-reject-all-handler', // A the cookie banner covers the name field
  '#onetrust-accept-btn-handler', // A
];

/** The meeting is silent until the bot has joined its sound. */
const JOIN_AUDIO = [
  'button.join-audio-by-voip__join-btn', // A
  'button[aria-label^="Join Audio by Computer" i]', // B
  'button[aria-label^="Join with Computer Audio" i]', // B
  // Opens the dialog. Not by its class: it is the button that unmutes later.
  'button[aria-label="Join Audio" i]', // B
];

export const PEOPLE: PeopleData = {
  tiles: FRAMES,
  idAttributes: ['data-participant-id', 'data-user-id', 'data-userid'],
  tilesByName: true,
  nameTags: [
    { css: '.participants-item__display-name', attribute: null }, // A row
    { css: '.video-avatar__avatar-footer span', attribute: null }, // D frame
    { css: '.video-avatar__avatar-name', attribute: null }, // D frame without a picture
  ],
  label: 'name_first', // A rows: "Ada Park, (Host), muted, video off"
  nameSuffixes: [],
  selfMarks: [],
  selfText: /^\(?\s*(?:me|you)\s*\)?$/i, // A "(Me)", "(Host, me)"
  hostText: /^\(?\s*(?:host|co-?host)\s*\)?$/i, // A
  sharedScreenText: /^(?:sharing|presenting)$/i,
  junkName: /^$/,
  effects: {
    panels: '[role="dialog"], aside, [role="region"]',
    label: '^(?:video )?effects|^background(?:s| & effects| and effects)',
  },
  openButtons: [
    'button[aria-label*="participants list" i]', // A
    'button[aria-label^="Participants" i]', // B
    '[role="button"][aria-label*="participants" i]', // B
  ],
  lists: [
    '[role="list"][aria-label^="participants" i]', // A
    '#participants-ul', // A
    '[class*="participants-list"]', // D
  ],
  rows: ['.participants-li', '[role="listitem"][aria-label]'],
  mergedRows: [],
  counts: [
    { css: '.footer-button__number-counter', attribute: null }, // D
    { css: 'button[aria-label*="participants list" i]', attribute: 'aria-label' }, // B
    { css: '[role="list"][aria-label^="participants" i]', attribute: 'aria-label' }, // B
  ],
  levelAttribute: null,
  speakerFrames: [
    '.single-main-container__video-frame', // A 2026
    '.single-suspension-container__video-frame', // A 2026
    '[class*="speaker-active-container__video-frame"]', // D older
  ],
  speakingClasses: [
    'gallery-video-container__video-frame--active', // D
    'speaker-bar-container__video-frame--active', // D older
  ],
};

const CHAT: ChatSelectors = {
  openButtons: ['button[aria-label="open the chat panel" i]', 'button[aria-label*="chat panel" i]'],
  inputs: [
    '.chat-rtf-box__editor-outer [contenteditable="true"]', // D
    '.tiptap.ProseMirror', // D
    '[contenteditable="true"][aria-label*="message" i]', // B
    'textarea[placeholder*="message" i]', // B
  ],
  sendButtons: ['button[aria-label="send" i]', '.chat-rtf-box__send'],
  longest: 1_024,
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
  JOIN_AUDIO,
  CHAT,
} satisfies SelectorsModule;
