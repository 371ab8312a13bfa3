// What lies over the preview until somebody answers: cookies, terms, and the question for devices.
import { boot } from '../client/boot.js';
import { h } from '../client/dom.js';
import { zmButton } from './dom.js';

/** Whether the page may play sound: the guest allowed the devices, or was not asked. */
export const permissions = { audio: true };

/** The cookie banner. It covers the name field until somebody accepts or refuses. */
export function showCookieBanner() {
  const close = () => banner.remove();
  const banner = h(
    'div',
    { id: 'onetrust-consent-sdk' },
    h(
      'div',
      { id: 'onetrust-banner-sdk', role: 'region', 'aria-label': 'Cookie banner' },
      h('p', { id: 'onetrust-policy-text' }, 'We use cookies to improve your experience on our website.'),
      h(
        'div',
        { id: 'onetrust-button-group' },
        h('button', { type: 'button', id: 'onetrust-reject-all-handler', onclick: close }, 'Reject All'),
        h('button', { type: 'button', id: 'onetrust-accept-btn-handler', onclick: close }, 'Accept Cookies'),
      ),
    ),
  );
  document.body.append(banner);
}

/** Asks for agreement to the terms. Resolves when the guest agrees. */
export function askTerms(kind) {
  return new Promise((resolve) => {
    const agree = () => {
      box.remove();
      resolve();
    };
    const id = kind === 'agree' ? 'wc_agree1' : 'disclaimer_agree';
    const label = kind === 'agree' ? 'I Agree' : 'Agree';
    const box = h(
      'div',
      { class: 'gate', id: kind === 'agree' ? 'wc_agree' : 'disclaimer' },
      h('p', {}, 'By clicking "I Agree", you agree to the Terms of Service and the Privacy Statement.'),
      zmButton(label, agree, { id, class: 'zm-btn--primary' }),
    );
    document.body.append(box);
  });
}

/** Asks for the devices as often as the meeting wants it: first for both, then for the microphone. */
export async function askPermissions() {
  for (let time = 0; time < boot.permission_dialogs; time += 1) {
    permissions.audio = await askDevices(time === 0);
  }
}

function askDevices(both) {
  return new Promise((resolve) => {
    const answer = (allowed) => () => {
      box.remove();
      resolve(allowed);
    };
    const title = both ? 'Use microphone and camera' : 'Use microphone';
    const box = h(
      'div',
      { class: 'gate', role: 'dialog', 'aria-modal': 'true', 'aria-label': title },
      h('h2', {}, title),
      zmButton('Allow', answer(true), { class: 'zm-btn--primary' }),
      zmButton('Continue without microphone and camera', answer(false), { class: 'zm-btn--link' }),
    );
    document.body.append(box);
  });
}
