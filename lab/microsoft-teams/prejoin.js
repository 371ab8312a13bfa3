// The pre-join page: name, devices, and the button that knocks. The lobby is the same page with another text:
// its Join button is still there, and disabled.
import { boot } from '../client/boot.js';
import { h, show } from '../client/dom.js';
import { label } from '../client/label.js';
import { appear } from '../client/late.js';
import { NameField } from '../client/name-field.js';
import { textButton, toolButton } from './controls.js';
import { deviceButton, deviceSwitch } from './devices.js';
import { wording, words } from './texts.js';

/** How the name field is marked, by layout. */
const NAME_MARKS = {
  v2: { 'data-tid': 'prejoin-display-name-input' },
  light: { 'data-tid': 'prejoin-display-name-input', id: 'prejoin-display-name' },
  classic: {},
};

export class Prejoin {
  #join;
  #leave;
  #name;
  #joinButton = textButton(words.join, () => this.#press(), {
    primary: true,
    'data-tid': 'prejoin-join-button',
  });
  #said = h('p', { class: 'said', role: 'status' });
  #toolbar = h('div', { class: 'toolbar', role: 'toolbar', hidden: true });
  #waits = false;

  /** `join(name)` is called when the guest presses Join, `leave` when it presses Cancel. */
  constructor({ join, leave }) {
    this.#join = join;
    this.#leave = leave;
    this.#name = new NameField(
      () => this.#field(),
      () => this.#allow(),
    );
  }

  show() {
    const form = appear(h('section', { class: 'form' }), [
      this.#name.element,
      deviceSwitch('camera'),
      deviceSwitch('microphone'),
      audioSources(),
      h('div', { class: 'actions' }, this.#cancelButton(), this.#joinButton),
      this.#said,
    ]);
    show('prejoin', this.#toolbar, h('main', { class: 'prejoin' }, h('h1', {}, 'Microsoft Teams'), form));
    this.#allow();
    if (boot.shroud_ms > 0) shroud(form);
  }

  /** Join can be pressed again, as when a dialog came between. */
  release() {
    this.#waits = false;
    this.#allow();
  }

  say(text) {
    this.#said.textContent = text;
  }

  /** The lobby. Join is disabled until the lobby's connection is lost. */
  wait() {
    this.#waits = true;
    this.say(wording(words.lobby, boot.lobby_wording));
    if (!boot.toolbar_in_lobby || !this.#toolbar.hidden) return;
    this.#toolbar.hidden = false;
    this.#toolbar.append(
      deviceButton('camera'),
      deviceButton('microphone'),
      toolButton(words.share, 'present_to_all', () => {}, { id: 'share-button' }),
      toolButton(words.leave_name, 'call_end', () => this.#leave(), {
        class: 'tool hangup',
        id: boot.layout === 'v2' ? 'hangup-button' : null,
        'data-inp': boot.layout === 'light' ? 'hangup-button' : null,
        'data-tid': boot.layout === 'v2' ? null : 'hangup-main-btn',
      }),
    );
  }

  #field() {
    const attributes = { type: 'text', placeholder: words.your_name, maxlength: 60 };
    const field = h('input', { ...attributes, ...NAME_MARKS[boot.layout], autocomplete: 'off' });
    field.addEventListener('keydown', (event) => event.key === 'Enter' && this.#press());
    return label(field, words.your_name);
  }

  #cancelButton() {
    return textButton(words.cancel, () => this.#leave(), { 'data-tid': 'prejoin-cancel-button' });
  }

  #allow() {
    this.#joinButton.disabled = this.#waits || this.#name.value === '';
  }

  async #press() {
    if (this.#joinButton.disabled) return;
    this.#waits = true;
    this.#allow();
    this.say(words.joining);
    try {
      await this.#join(this.#name.value);
    } catch (cause) {
      this.say(cause.message);
      this.release();
    }
  }
}

function audioSources() {
  const radio = (name, checked) =>
    label(h('input', { type: 'radio', name: 'audio', role: 'radio', checked }), name);
  return h(
    'div',
    { role: 'radiogroup', class: 'sources' },
    h('span', {}, radio(words.computer_audio, true), words.computer_audio),
    h('span', {}, radio(words.no_audio, false), words.no_audio),
  );
}

/** Something invisible lies over the form for a while: clicks and keys do not get through. */
function shroud(form) {
  const cover = h('div', { class: 'shroud' });
  const swallow = (event) => event.preventDefault();
  form.append(cover);
  form.addEventListener('keydown', swallow, true);
  setTimeout(() => {
    cover.remove();
    form.removeEventListener('keydown', swallow, true);
  }, boot.shroud_ms);
}
