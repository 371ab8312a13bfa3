import { h } from '../client/dom.js';
import { textButton } from './controls.js';
import { words } from './texts.js';

/** Shows a modal dialog. Resolves with the text of the button that closed it. */
export function modal({ title, text, buttons }) {
  return new Promise((resolve) => {
    const backdrop = h('div', { class: 'backdrop' });
    const close = (answer) => {
      backdrop.remove();
      resolve(answer);
    };
    const actions = buttons.map((label, n) =>
      textButton(label, () => close(label), { primary: n === buttons.length - 1 }),
    );
    const box = h('div', { class: 'modal', role: 'dialog', 'aria-modal': 'true', 'aria-label': title });
    box.append(h('h2', {}, title), text ? h('p', {}, text) : '', h('div', { class: 'actions' }, actions));
    backdrop.append(box);
    document.querySelector('#app').append(backdrop);
    actions.at(-1).focus();
  });
}

/** "Are you sure you don't want audio or video?", which appears where the page got no devices. */
export const avModal = () =>
  modal({ title: words.av_modal, text: words.av_text, buttons: [words.av_continue] });

/** The gate before the pre-join page. It stays until the browser gives the devices, or refuses them. */
export async function permissionGate(show) {
  show(h('main', { class: 'message' }, h('h1', {}, words.gate)));
  const stream = await navigator.mediaDevices?.getUserMedia({ audio: true, video: true }).catch(() => null);
  for (const track of stream?.getTracks() ?? []) track.stop();
  return Boolean(stream);
}

/** Shows a notice that goes away by itself, or by its button. Its role is alert, and it means nothing. */
export function toast(text, closeBy = 'aria-label') {
  const button = h('button', { type: 'button', class: 'tool', [closeBy]: words.close }, '✕');
  const box = h('div', { class: 'toast', role: 'alert' }, h('span', {}, text), button);
  button.addEventListener('click', () => box.remove());
  document.querySelector('#app').append(box);
  setTimeout(() => box.remove(), 6000);
}
