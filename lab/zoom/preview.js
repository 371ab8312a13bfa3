// The page before the meeting: name, passcode, devices, Join. The classic client has other ids and less on it.
import { boot } from '../client/boot.js';
import { devices } from '../client/devices.js';
import { h, show } from '../client/dom.js';
import { svgIcon, zmButton } from './dom.js';
import { micPreview } from './sound.js';

const isClassic = boot.client === 'classic';

/** A text field of the form. `typed` becomes true with the first real key. */
class Field {
  typed = false;
  element;
  #attributes;

  constructor(attributes) {
    this.#attributes = attributes;
    this.element = this.#make();
  }

  get value() {
    return this.element.value.trim();
  }

  /** Puts an empty field in the place of this one, as a form does that is rendered again. */
  replace() {
    const fresh = this.#make();
    this.element.replaceWith(fresh);
    this.element = fresh;
    this.typed = false;
  }

  #make() {
    const { onkeydown, ...attributes } = this.#attributes;
    // The platform's form hears keys only: a value that is set otherwise leaves Join as it was.
    const heard = (event) => {
      if (event.isTrusted) this.typed = true;
      onkeydown(event);
    };
    return h('input', { autocomplete: 'off', maxlength: 60, onkeydown: heard, ...attributes });
  }
}

/** Shows the form. Calls `join({ name, passcode })`; what that throws is shown, and the form stays. */
export function showPreview(join) {
  let rerenders = boot.name_input_rerenders;
  let detaches = boot.name_input_detaches;
  let pending = false;
  const failure = h('p', { class: 'preview__failure', role: 'alert' });
  const onkeydown = (event) => event.key === 'Enter' && submit();
  const name = new Field({
    type: 'text',
    id: isClassic ? 'inputname' : 'input-for-name',
    placeholder: 'Your Name',
    'aria-label': 'Your Name',
    onkeydown,
    oninput: () => typed(),
    onfocus: () => detach(),
  });
  const passcode = new Field({
    type: 'password',
    id: isClassic ? 'inputpasscode' : 'input-for-pwd',
    placeholder: 'Meeting Passcode',
    'aria-label': 'Meeting Passcode',
    onkeydown,
    oninput: () => paint(),
  });
  const joinButton = zmButton('Join', submit, {
    id: isClassic ? 'joinBtn' : null,
    class: 'preview-join-button zm-btn--primary disabled',
  });

  const complete = () =>
    name.typed && name.value !== '' && (!boot.asks_passcode || (passcode.typed && passcode.value !== ''));
  function paint() {
    joinButton.classList.toggle('disabled', pending || !complete());
  }
  function renderAgain() {
    name.replace();
    paint();
  }
  function typed() {
    paint();
    if (rerenders > 0) {
      rerenders -= 1;
      setTimeout(renderAgain, 60);
    }
  }

  /** The form is mounted anew as soon as somebody enters it: whoever types meanwhile types into nothing. */
  function detach() {
    if (!(detaches > 0)) return;
    detaches -= 1;
    const { element } = name;
    const place = h('span', {});
    element.replaceWith(place);
    setTimeout(() => place.replaceWith(element), 150);
  }

  async function submit() {
    if (pending || !complete()) return;
    pending = true;
    paint();
    failure.textContent = '';
    try {
      await join({ name: name.value, passcode: passcode.value });
    } catch (cause) {
      failure.textContent = cause.message;
    } finally {
      pending = false;
      paint();
    }
  }

  show(
    'preview',
    h(
      'main',
      { class: isClassic ? 'preview preview--classic' : 'preview' },
      isClassic ? null : pictureAndDevices(),
      h(
        'section',
        { class: 'preview__form' },
        h('h1', {}, boot.asks_passcode ? 'Enter Meeting Info' : 'Join Meeting'),
        name.element,
        boot.asks_passcode ? passcode.element : null,
        failure,
        joinButton,
        h(
          'div',
          { class: `preview-meeting-info${boot.covered_join ? ' preview-meeting-info--over' : ''}` },
          `Meeting ID: ${boot.code}`,
        ),
      ),
    ),
  );
}

function pictureAndDevices() {
  const readyAt = performance.now() + boot.microphone_ready_after_ms;
  return h(
    'section',
    { class: 'preview__picture' },
    h('div', { class: 'preview__avatar', 'aria-hidden': 'true' }),
    h(
      'div',
      { class: 'preview__devices' },
      deviceButton({
        device: 'microphone',
        id: 'preview-audio-control-button',
        labels: ['Unmute', 'Mute'],
        icon: (on) => svgIcon('mic', on ? 'SvgAudioUnmute' : 'SvgAudioMute', { crossed: !on }),
        reacts: () => performance.now() >= readyAt,
      }),
      deviceButton({
        device: 'camera',
        id: 'preview-video-control-button',
        labels: ['Start Video', 'Stop Video'],
        icon: (on) => svgIcon('video', on ? 'SvgVideoOn' : 'SvgVideoOff', { crossed: !on }),
        reacts: () => true,
      }),
    ),
    micPreview(),
  );
}

/** A toggle whose label says what it does next. */
function deviceButton({ device, id, labels, icon, reacts }) {
  const button = h('button', { type: 'button', id, class: 'preview__device', onclick: flip });
  function flip() {
    if (!reacts()) return;
    devices[device] = !devices[device];
    paint();
  }
  function paint() {
    const label = labels[Number(devices[device])];
    button.setAttribute('aria-label', label);
    button.replaceChildren(icon(devices[device]), h('span', {}, label));
  }
  paint();
  return button;
}
