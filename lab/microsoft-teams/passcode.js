import { boot } from '../client/boot.js';
import { h, show } from '../client/dom.js';
import { label } from '../client/label.js';
import { textButton } from './controls.js';
import { words } from './texts.js';

/** Asks for the passcode that the link did not carry. Resolves with the right one. */
export function askPasscode() {
  return new Promise((resolve) => {
    const field = label(
      h('input', { type: 'text', placeholder: words.passcode_field, oninput: allow }),
      words.passcode_field,
    );
    const wrong = h('p', { class: 'said', role: 'alert' });
    const button = textButton(words.join_meeting, submit, { primary: true, disabled: true });
    function allow() {
      button.disabled = field.value.trim() === '';
    }
    async function submit() {
      const passcode = field.value.trim();
      button.disabled = true;
      const answer = await fetch(`/lab/guest/${boot.code}/passcode`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ passcode }),
      });
      if (answer.ok) return resolve(passcode);
      wrong.textContent = words.passcode_wrong;
      allow();
    }
    show('passcode', h('main', { class: 'message' }, h('h1', {}, words.passcode), field, button, wrong));
  });
}
