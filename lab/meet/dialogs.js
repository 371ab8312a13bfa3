import { h } from '../client/dom.js';
import { textButton } from './buttons.js';
import { words } from './texts.js';

/** Shows a modal dialog. Resolves with the label of the button that closed it. */
export function dialog({ title, text, buttons }) {
  return new Promise((resolve) => {
    const backdrop = h('div', { class: 'backdrop' });
    const box = h('div', { class: 'dialog', role: 'dialog', 'aria-modal': 'true', 'aria-label': title });
    const close = (label) => {
      backdrop.remove();
      resolve(label);
    };
    box.append(
      h('h2', {}, title),
      text ? h('p', {}, text) : '',
      h(
        'div',
        { class: 'actions' },
        buttons.map(({ label, primary, action }) =>
          textButton(label, () => close(label), {
            class: primary ? 'button primary' : 'button quiet',
            'data-mdc-dialog-action': action,
          }),
        ),
      ),
    );
    backdrop.append(box);
    document.querySelector('#app').append(backdrop);
    box.querySelector('button:last-of-type').focus();
  });
}

/** Shows "This video call is being recorded". Resolves to whether the guest accepts. */
export async function consentDialog() {
  const [title, text] = words.consent;
  const answer = await dialog({
    title,
    text,
    buttons: [
      { label: words.cancel, action: 'cancel' },
      { label: words.join, action: 'ok', primary: true },
    ],
  });
  return answer === words.join;
}

/** Shows a short message that disappears by itself. As on the platform, its role is alert. */
export function toast(text) {
  const box = h('div', { class: 'toast', role: 'alert' }, text);
  document.querySelector('#app').append(box);
  setTimeout(() => box.remove(), 5000);
}

/** Shows a tooltip over the call that stays until somebody presses "Got it". */
export function tip(text) {
  const box = h('div', { class: 'tip', role: 'dialog' }, h('p', {}, text));
  box.append(textButton(words.got_it, () => box.remove()));
  document.querySelector('#app').append(box);
}
