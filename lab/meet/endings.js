// Pages with a message and a link home: all screens but pre-join, lobby and call.

import { boot } from '../client/boot.js';
import { h, show } from '../client/dom.js';
import { textButton } from './buttons.js';
import { words } from './texts.js';

export const goHome = () => location.assign('/');
/** Goes to the platform's start page, as the platform sometimes does by itself. */
export const goToStart = () => location.assign('/landing');

/** Shows why there is no call or no call any more. `texts.js` has the texts. */
export function showEnding(why) {
  if (why === 'captcha') return showCaptcha();
  const [title, text] = words[why];
  const canRejoin = ['left', 'removed', 'lost'].includes(why);
  show(
    why,
    h(
      'main',
      { class: 'message' },
      h('h1', {}, title),
      text && h('p', {}, text),
      h(
        'div',
        { class: 'actions' },
        canRejoin ? textButton(words.rejoin, () => location.reload()) : null,
        textButton(words.home, goHome, { class: 'button primary' }),
      ),
    ),
  );
}

function showCaptcha() {
  const [title, text] = words.captcha;
  const frame = h('iframe', {
    src: '/lab/recaptcha/enterprise/anchor?size=normal',
    title: 'reCAPTCHA',
    width: 304,
    height: 78,
  });
  show('captcha', h('main', { class: 'message' }, h('h1', {}, title), h('p', {}, text), frame));
}

/** The account page to which a meeting for signed-in guests redirects. */
export function showSignIn() {
  document.title = `${words.google_title} (lab)`;
  show(
    'sign_in',
    h(
      'main',
      { class: 'message card' },
      h('h1', {}, words.google_title),
      h('p', {}, h('span', {}, words.google_text)),
      h('input', { type: 'email', 'aria-label': words.google_field, placeholder: words.google_field }),
      h(
        'div',
        { class: 'actions' },
        textButton(words.next, () => {}, { class: 'button primary' }),
      ),
    ),
  );
}

/** "Getting ready…", before the guest can do anything. */
export function showSplash() {
  document.title = boot.code ? `Meet – ${boot.code} (lab)` : 'Meet (lab)';
  show(
    'splash',
    h('main', { class: 'message', role: 'status' }, h('div', { class: 'spinner' }), h('p', {}, words.splash)),
  );
}

/** The platform's start page. There is no meeting here, and no word about one. */
export function showStart() {
  document.title = 'Google Meet (lab)';
  show(
    'start',
    h(
      'main',
      { class: 'message' },
      h('h1', {}, words.start),
      h('input', { type: 'text', 'aria-label': words.enter_code, placeholder: words.enter_code }),
      h(
        'div',
        { class: 'actions' },
        textButton(words.new_meeting, () => {}),
        textButton(words.join_code, () => {}),
      ),
    ),
  );
}
