// The pre-join page: name, devices, and the button that knocks.

import { boot } from '../client/boot.js';
import { h, show } from '../client/dom.js';
import { label } from '../client/label.js';
import { appear } from '../client/late.js';
import { NameField } from '../client/name-field.js';
import { textButton } from './buttons.js';
import { deviceToggle } from './devices.js';
import { consentDialog, dialog } from './dialogs.js';
import { goToStart } from './endings.js';
import { words } from './texts.js';

/** Shows the pre-join page. Calls `knock(name)` when the guest asks to join. */
export async function showPrejoin(knock) {
  const action = boot.access === 'open' ? words.join : words.ask;
  const name = new NameField(nameInput, () => {
    cta.disabled = name.value === '';
  });
  const failure = h('p', { class: 'failure', role: 'status' });
  const cta = textButton(action, ask, { class: 'button primary cta', disabled: true });

  function nameInput() {
    const field = h('input', {
      type: 'text',
      placeholder: words.your_name,
      maxlength: 60,
      autocomplete: 'name',
      onkeydown: (event) => event.key === 'Enter' && ask(),
    });
    return label(field, words.your_name);
  }

  async function ask() {
    if (name.value === '' || cta.disabled) return;
    cta.disabled = true;
    try {
      if (boot.consent_before && !(await consentDialog())) cta.disabled = false;
      else await knock(name.value);
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
        appear(h('div', { class: 'toggles' }), [
          deviceToggle('microphone', 'div'),
          deviceToggle('camera', 'div'),
        ]),
      ),
      appear(h('section', { class: 'ask' }, h('h1', {}, words.ready)), [
        name.element,
        cta,
        textButton(words.other_ways, () => {}, { class: 'button quiet' }),
        failure,
      ]),
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
  if (boot.bounces) setTimeout(goToStart, 500);
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
