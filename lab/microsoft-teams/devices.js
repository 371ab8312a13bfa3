import { boot } from '../client/boot.js';
import { devices } from '../client/devices.js';
import { h } from '../client/dom.js';
import { label } from '../client/label.js';
import { icon, toolButton } from './controls.js';
import { words } from './texts.js';

const KINDS = {
  microphone: {
    tid: 'toggle-mute',
    id: 'microphone-button',
    picture: 'mic',
    on: words.mute,
    off: words.unmute,
  },
  camera: {
    tid: 'toggle-video',
    id: 'video-button',
    picture: 'videocam',
    on: words.camera_off,
    off: words.camera_on,
  },
};
const nameOf = (kind) => (devices[kind] ? KINDS[kind].on : KINDS[kind].off);

/** The toggle of the pre-join page: a switch, or in the older layout a button with a sentence beside it. */
export function deviceSwitch(kind) {
  return boot.layout === 'classic' ? sentence(kind) : switchInput(kind);
}

function switchInput(kind) {
  const input = h('input', { type: 'checkbox', role: 'switch', 'data-tid': KINDS[kind].tid, onchange: flip });
  function flip() {
    devices[kind] = input.checked;
    paint();
  }
  function paint() {
    input.checked = devices[kind];
    input.setAttribute('aria-checked', String(devices[kind]));
    label(input, nameOf(kind));
  }
  paint();
  return h('span', { class: 'switch' }, icon(KINDS[kind].picture), input);
}

function sentence(kind) {
  const state = h('span');
  const button = h('button', { type: 'button', class: 'tool', 'data-tid': KINDS[kind].tid, onclick: flip });
  function flip() {
    devices[kind] = !devices[kind];
    paint();
  }
  function paint() {
    state.textContent = words[kind][devices[kind]];
    button.setAttribute('aria-checked', String(devices[kind]));
    button.replaceChildren(icon(KINDS[kind].picture));
    label(button, nameOf(kind));
  }
  paint();
  return h('span', { class: 'switch' }, button, state);
}

/** The toggle of the toolbar. Its name says what it does next. */
export function deviceButton(kind, onchange = () => {}) {
  const { id, picture } = KINDS[kind];
  const button = toolButton(nameOf(kind), picture, flip, { id });
  function flip() {
    devices[kind] = !devices[kind];
    label(button, nameOf(kind));
    onchange(devices[kind]);
  }
  return button;
}
