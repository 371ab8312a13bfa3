// The dialogs, tips and notes of a meeting.
import { boot } from '../client/boot.js';
import { h } from '../client/dom.js';
import { zmButton } from './dom.js';
import { words } from './words.js';

/** The classes and the role of a dialog in each layout. */
const KINDS = {
  single: { class: 'zm-modal', role: 'dialog' },
  gallery: { class: 'zm-modal zm-modal-legacy', role: 'alertdialog' },
  older: { class: 'ReactModal__Content recording-disclaimer-dialog', role: 'dialog' },
};

/** Shows a dialog. Resolves with the label of the button that closed it. The first button is the main one. */
export function modal({ title, text = '', buttons, label = title, buttonClass = '' }) {
  return new Promise((resolve) => {
    const backdrop = h('div', { class: 'zm-modal-backdrop' });
    const press = (button) => () => {
      backdrop.remove();
      resolve(button);
    };
    const actions = buttons.map((button, index) =>
      zmButton(button, press(button), {
        class: `${index === 0 ? 'zm-btn--primary' : 'zm-btn--default'} ${buttonClass}`.trim(),
      }),
    );
    backdrop.append(
      h(
        'div',
        { ...KINDS[boot.layout], 'aria-modal': 'true', 'aria-label': label },
        h('div', { class: 'zm-modal-body-title' }, title),
        h('div', { class: 'zm-modal-body-content' }, text),
        h(
          'div',
          { class: 'zm-modal-footer' },
          h('div', { class: 'zm-modal-footer-default-actions' }, actions.reverse()),
        ),
      ),
    );
    document.body.append(backdrop);
  });
}

/** Asks for consent to the recording. Resolves to whether the guest consents. */
export async function askConsent() {
  const got = boot.layout === 'gallery' ? 'Got it' : 'OK';
  const answer = await modal({
    title: words.recorded,
    text: words.recorded_why,
    buttons: [got, 'Leave Meeting'],
  });
  return answer === got;
}

/** The end of the meeting for everyone, in the words and elements of each layout. Resolves when it is read. */
export function tellEnded() {
  if (boot.layout === 'single') return modal({ title: words.ended, buttons: ['OK'] });
  return modal({
    title: words.ended,
    label: 'Meeting is end now',
    buttons: ['OK'],
    buttonClass: 'zm-btn-legacy zm-btn__outline--blue',
  });
}

/** Closes every dialog, since what they asked about is over. */
export function closeModals() {
  for (const one of document.querySelectorAll('.zm-modal-backdrop, .note, .relative-tooltip')) one.remove();
}

/** A note over the call. It goes by itself, or by its close button. */
export function note(text) {
  const box = h('div', { class: 'note', role: 'alert' }, h('span', {}, text));
  box.append(
    h(
      'button',
      { type: 'button', class: 'note__close', 'aria-label': 'close', onclick: () => box.remove() },
      '×',
    ),
  );
  document.body.append(box);
  setTimeout(() => box.remove(), 5_000);
}

/** The tips that stay until somebody presses their button. */
export function showTips() {
  const tip = (className, text, button) => {
    const box = h('div', { class: className }, h('p', {}, text));
    box.append(zmButton(button, () => box.remove(), { class: 'zm-btn--primary' }));
    document.body.append(box);
  };
  tip('relative-tooltip', 'Change how you see others with the new views', 'Got it');
  tip('settings-feature-tips', 'Your settings have moved', 'OK');
  note(boot.layout === 'older' ? words.no_microphone : words.mic_muted);
}
