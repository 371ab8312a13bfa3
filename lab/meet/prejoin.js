// The pre-join page: name, devices, and the button that knocks.

import { boot } from '../client/boot.js';
import { h, show } from '../client/dom.js';
import { textButton } from './buttons.js';
import { deviceToggle } from './devices.js';
import { consentDialog, dialog } from './dialogs.js';
import { words } from './texts.js';

/** Shows the pre-join page. Calls `knock(name)` when the guest asks to join. */
export async function showPrejoin(knock) {
  const label = boot.access === 'open' ? words.join : words.ask;
  let input = nameField();
  const failure = h('p', { class: 'failure', role: 'status' });
  const cta = textButton(label, ask, { class: 'button primary cta', disabled: true });
  let rerenders = boot.name_input_rerenders;

  function nameField() {
    return h('input', {
      type: 'text',
      'aria-label': words.your_name,
      placeholder: words.your_name,
      maxlength: 60,
      autocomplete: 'name',
      oninput: typed,
      onkeydown: (event) => event.key === 'Enter' && ask(),
    });
  }

  function typed() {
    cta.disabled = input.value.trim() === '';
    if (rerenders === 0) return;
    // Imitates a page that renders again while somebody types: the text is lost with the field.
    rerenders -= 1;
    setTimeout(() => {
      const fresh = nameField();
      input.replaceWith(fresh);
      input = fresh;
      cta.disabled = true;
    }, 60);
  }

  async function ask() {
    const name = input.value.trim();
    if (name === '' || cta.disabled) return;
    cta.disabled = true;
    try {
      if (boot.consent_before && !(await consentDialog())) cta.disabled = false;
      else await knock(name);
    } catch (cause) {
      failure.textContent = cause.message;
      cta.disabled = false;
    }
  }

  show(
    'prejoin',
    h(
      'header',
      { class: 'top' },
      h('span', {}, boot.code),
      h('a', { href: '/v3/signin/identifier' }, words.sign_in),
    ),
    h(
      'main',
      { class: 'prejoin' },
      h(
        'section',
        { class: 'preview' },
        h('audio', {}),
        h('div', { class: 'toggles' }, deviceToggle('microphone', 'div'), deviceToggle('camera', 'div')),
      ),
      h(
        'section',
        { class: 'ask' },
        h('h1', {}, words.ready),
        input,
        cta,
        textButton(words.other_ways, () => {}, { class: 'button quiet' }),
        failure,
      ),
      boot.popups ? promo() : null,
    ),
    // Every join page of the platform has this invisible captcha.
    h('iframe', {
      src: '/lab/recaptcha/enterprise/anchor?size=invisible',
      class: 'unseen',
      title: 'reCAPTCHA',
      tabindex: -1,
    }),
  );
  if (boot.device_gate) {
    await dialog({
      title: words.gate,
      buttons: [{ label: words.gate_with }, { label: words.gate_without, primary: true }],
    });
  }
}

function promo() {
  const card = h(
    'aside',
    { class: 'promo' },
    h('p', {}, words.promo),
    textButton(words.dismiss, () => card.remove(), { class: 'button quiet' }),
  );
  return card;
}
