// The page before the meeting: name, passcode, devices, Join. The classic client has other ids and less on it.
import { boot } from '../client/boot.js';
import { devices } from '../client/devices.js';
import { h, show } from '../client/dom.js';
import { label } from '../client/label.js';
import { appear } from '../client/late.js';
import { NameField } from '../client/name-field.js';
import { svgIcon, zmButton } from './dom.js';
import { micPreview } from './sound.js';

const isClassic = boot.client === 'classic';
/** The fields in which somebody pressed a real key. */
const heard = new WeakSet();

/** Shows the form. Calls `join({ name, passcode })`; what that throws is shown, and the form stays. */
export function showPreview(join) {
  let pending = false;
  const failure = h('p', { class: 'preview__failure', role: 'alert' });
  const name = new NameField(
    () => field({ type: 'text', id: isClassic ? 'inputname' : 'input-for-name', hint: 'Your Name' }),
    () => paint(),
  );
  const passcode = field({
    type: 'password',
    id: isClassic ? 'inputpasscode' : 'input-for-pwd',
    hint: 'Meeting Passcode',
  });
  passcode.addEventListener('input', () => paint());
  const joinButton = zmButton('Join', submit, {
    id: isClassic ? 'joinBtn' : null,
    class: 'preview-join-button zm-btn--primary disabled',
  });

  /**
   * A field. The platform's form hears a person's keys only: a value that is set otherwise leaves Join as it
   * was. An input method for other scripts sends text without keys, which counts.
   */
  function field({ type, id, hint }) {
    const input = h('input', {
      ...{ type, id, placeholder: hint, autocomplete: 'off', maxlength: 60 },
      oninput: (event) => {
        if (event.isTrusted && /^\P{ASCII}+$/u.test(event.data ?? '')) heard.add(input);
      },
      onkeydown: async (event) => {
        if (event.isTrusted) heard.add(input);
        if (event.key === 'Enter') await submit();
      },
    });
    return label(input, hint);
  }

  const isTyped = (input) => heard.has(input) && input.value.trim() !== '';
  const isComplete = () => isTyped(name.element) && (!boot.asks_passcode || isTyped(passcode));
  function paint() {
    joinButton.classList.toggle('disabled', pending || !isComplete());
  }

  async function submit() {
    if (pending || !isComplete()) return;
    pending = true;
    paint();
    failure.textContent = '';
    try {
      await join({ name: name.value, passcode: passcode.value.trim() });
    } catch (cause) {
      failure.textContent = cause.message;
    } finally {
      pending = false;
      paint();
    }
  }

  const form = h(
    'section',
    { class: 'preview__form' },
    h('h1', {}, boot.asks_passcode ? 'Enter Meeting Info' : 'Join Meeting'),
  );
  const rows = [name.element, boot.asks_passcode ? passcode : null, failure, joinButton, meetingInfo()];
  show(
    'preview',
    h(
      'main',
      { class: isClassic ? 'preview preview--classic' : 'preview' },
      isClassic ? null : pictureAndDevices(),
      appear(form, rows),
      isClassic ? unseenCaptcha() : null,
    ),
  );
}

/** The classic client has a captcha on every page, which nobody sees as a rule. */
const unseenCaptcha = () =>
  h('iframe', {
    src: '/lab/recaptcha/enterprise/anchor?size=invisible',
    class: 'unseen',
    title: 'reCAPTCHA',
    tabindex: -1,
  });

/** The meeting's details. Where the scenario says so, they lie over Join. */
const meetingInfo = () =>
  h(
    'div',
    { class: `preview-meeting-info${boot.covered_join ? ' preview-meeting-info--over' : ''}` },
    `Meeting ID: ${boot.code}`,
  );

function pictureAndDevices() {
  const readyAt = performance.now() + boot.microphone_ready_after_ms;
  const microphone = deviceButton({
    device: 'microphone',
    id: 'preview-audio-control-button',
    names: ['Unmute', 'Mute'],
    icon: (on) => svgIcon('mic', on ? 'SvgAudioUnmute' : 'SvgAudioMute', { crossed: !on }),
    reacts: () => performance.now() >= readyAt,
  });
  const camera = deviceButton({
    device: 'camera',
    id: 'preview-video-control-button',
    names: ['Start Video', 'Stop Video'],
    icon: (on) => svgIcon('video', on ? 'SvgVideoOn' : 'SvgVideoOff', { crossed: !on }),
    reacts: () => true,
  });
  return h(
    'section',
    { class: 'preview__picture' },
    h('div', { class: 'preview__avatar', 'aria-hidden': 'true' }),
    appear(h('div', { class: 'preview__devices' }), [microphone, camera]),
    micPreview(),
  );
}

/** A toggle whose name says what it does next. */
function deviceButton({ device, id, names, icon, reacts }) {
  const button = h('button', { type: 'button', id, class: 'preview__device', onclick: flip });
  function flip() {
    if (!reacts()) return;
    devices[device] = !devices[device];
    paint();
  }
  function paint() {
    button.replaceChildren(icon(devices[device]));
    label(button, names[Number(devices[device])]);
  }
  paint();
  return button;
}
