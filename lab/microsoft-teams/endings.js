// Screens with a message: why there is no call, or no call any more.
import { boot } from '../client/boot.js';
import { h, show } from '../client/dom.js';
import { textButton } from './controls.js';
import { wording, words } from './texts.js';

/** Where this client began, to which "Rejoin" leads. */
const FIRST_ADDRESS = location.href;

/** Goes to the platform's start page, as the platform sometimes does by itself. */
export const goToStart = () => location.assign('/v2/');

function rejoin() {
  location.assign(FIRST_ADDRESS);
  // An address that differs only behind the #, or not at all, does not load the page.
  if (new URL(FIRST_ADDRESS).pathname === location.pathname) location.reload();
}

const rejoinButton = () =>
  textButton(words.rejoin, rejoin, {
    primary: true,
    'data-tid': 'anon-meeting-end-screen-rejoin-button',
  });

const dismissButton = () =>
  textButton(words.dismiss, goToStart, { 'data-tid': 'calling-retry-cancelbutton' });

/** What each screen has under its words. Those with `retry` are the screen after a call that failed. */
const SCREENS = {
  denied: { retry: true, buttons: [dismissButton] },
  no_response: { retry: true, buttons: [dismissButton] },
  removed: { retry: true, buttons: [rejoinButton, dismissButton] },
  ended: { buttons: [rejoinButton] },
  left: { buttons: [rejoinButton] },
  idle: { buttons: [rejoinButton] },
  over: { buttons: [] },
  lost: { buttons: [rejoinButton] },
  blocked: { retry: true, buttons: [dismissButton] },
  not_found: { buttons: [] },
  start: { buttons: [] },
};

/** Shows the screen of an ending, in the wording of this layout. */
export function showEnding(why) {
  if (why === 'captcha') return showCaptcha();
  if (why === 'sign_in') return showSignIn();
  const { retry = false, buttons } = SCREENS[why];
  // The older layout has an address of its own for a call that was one.
  const isOver = ['ended', 'left', 'idle'].includes(why);
  if (isOver && boot.layout === 'classic') history.replaceState(null, '', '/v2/postmeeting');
  show(
    why,
    h(
      'main',
      { class: 'message' },
      h('h1', { id: retry ? 'calling-retry-screen-title' : null }, wording(words[why])),
      h(
        'div',
        { class: 'actions' },
        buttons.map((button) => button()),
      ),
    ),
  );
}

function showSignIn() {
  show(
    'sign_in',
    h(
      'main',
      { class: 'message' },
      h('h1', {}, wording(words.sign_in, boot.sign_in_wording)),
      textButton(words.sign_in_button, () => location.assign(boot.login_url), { primary: true }),
    ),
  );
}

function showCaptcha() {
  show(
    'captcha',
    h(
      'main',
      { class: 'message' },
      h('h1', {}, wording(words.captcha)),
      h('img', {
        'data-tid': 'HIP-Captcha-Image',
        alt: '',
        width: 200,
        height: 70,
        src: "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' width='200' height='70'><rect width='200' height='70' fill='%23ddd'/><path d='M20 55L55 15 90 55 125 15 160 55' stroke='%23555' stroke-width='6' fill='none'/></svg>",
      }),
      h('input', { type: 'text', 'aria-label': words.captcha_field }),
    ),
  );
}

/** What is left of a lobby whose connection is dead, where the page notices: a button and no words. */
export const showEmptyLobby = () => show('empty_lobby', h('main', { class: 'message' }, dismissButton()));
