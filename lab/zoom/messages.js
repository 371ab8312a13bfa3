// Pages that are no meeting: errors, the sign-in page, the wall, registration, and after the end.
import { boot } from '../client/boot.js';
import { h, show } from '../client/dom.js';
import { zmButton } from './dom.js';
import { signInWords, words } from './words.js';

function message(name, title, ...children) {
  document.title = title;
  show(name, h('main', { class: 'message' }, children));
}

const pages = {
  not_found: () => message('error', 'Error - Zoom', h('h1', { class: 'error-message' }, words.invalid)),
  not_started: () => message('not_started', 'Zoom Meeting', h('h1', {}, words.not_started)),
  blocked: () => message('wall', 'Zoom Meeting', h('h1', {}, words.wall)),
  network: () => message('network', 'Zoom Meeting', h('h1', {}, words.network)),
  full: () => message('full', 'Zoom Meeting', h('h1', {}, words.full)),
  lost: () => message('lost', 'Zoom Meeting', h('h1', {}, 'The lab is gone. Reload the page to try again.')),
  captcha: () =>
    message(
      'captcha',
      'Zoom Meeting',
      h(
        'div',
        { class: 'component_smart_captcha CaptchaContainer' },
        h('p', {}, words.captcha),
        h('canvas', { class: 'captcha__picture', width: 240, height: 80 }),
        h('input', { type: 'text', placeholder: 'Enter captcha', autocomplete: 'off' }),
        zmButton('Verify', () => {}, { class: 'zm-btn--primary' }),
      ),
    ),
  prompt: () =>
    message(
      'sign_in_required',
      'Zoom Meeting',
      h('div', { id: 'prompt' }, h('h1', {}, signInWords())),
      zmButton('Sign in Zoom', () => location.assign('/signin'), { class: 'login-btn-zoom zm-btn--primary' }),
    ),
  signin: () =>
    message(
      'signin',
      'Sign In - Zoom',
      h('h1', {}, 'Sign In'),
      h('input', { type: 'email', 'aria-label': 'Email Address', placeholder: 'Email Address' }),
      h('input', { type: 'password', 'aria-label': 'Password', placeholder: 'Password' }),
      zmButton('Sign In', () => {}, { class: 'zm-btn--primary' }),
    ),
  register: () =>
    message(
      'register',
      'Meeting Registration - Zoom',
      h('h1', {}, 'Meeting Registration'),
      h('input', { type: 'text', 'aria-label': 'First Name', placeholder: 'First Name' }),
      h('input', { type: 'email', 'aria-label': 'Email Address', placeholder: 'Email Address' }),
      zmButton('Register', () => {}, { class: 'zm-btn--primary' }),
    ),
  start: () =>
    message(
      'start',
      'Join a Meeting - Zoom',
      h('h1', {}, 'Join Meeting'),
      h('input', { type: 'text', 'aria-label': 'Meeting ID or Personal Link Name' }),
      zmButton('Join', () => {}, { class: 'zm-btn--primary' }),
    ),
  after: () => message('after', 'Zoom', h('h1', {}, 'Thank you for using Zoom')),
};

/** Shows a page without a meeting. Returns false when there is none of that name. */
export function showMessage(page) {
  const shows = pages[page];
  if (!shows) return false;
  shows();
  return true;
}

/** Leaves for the page after the meeting, which replaces the whole page and not only the client's frame. */
export function leaveForGood() {
  window.top.location.assign(`/postattendee?id=${boot.code}`);
}
