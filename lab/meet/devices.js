import { devices } from '../client/devices.js';
import { h } from '../client/dom.js';
import { label } from '../client/label.js';
import { words } from './texts.js';

const LABELS = {
  microphone: { true: words.mic_off, false: words.mic_on, icon: { true: 'mic', false: 'mic_off' } },
  camera: {
    true: words.camera_off,
    false: words.camera_on,
    icon: { true: 'videocam', false: 'videocam_off' },
  },
};

/** A toggle whose label says what it does next. As on the platform, it is a div before the call and a button in it. */
export function deviceToggle(device, tag, onchange = () => {}) {
  const toggle = h(tag, {
    class: 'icon-button toggle',
    ...(tag === 'div' ? { role: 'button', tabindex: 0 } : { type: 'button' }),
    onclick: flip,
    onkeydown: (event) => {
      if (tag === 'div' && (event.key === 'Enter' || event.key === ' ')) {
        event.preventDefault();
        flip();
      }
    },
  });
  function flip() {
    devices[device] = !devices[device];
    paint();
    onchange(devices[device]);
  }
  function paint() {
    const { icon, ...labels } = LABELS[device];
    toggle.setAttribute('data-is-muted', String(!devices[device]));
    toggle.replaceChildren(
      h('i', { 'aria-hidden': 'true', 'data-icon': icon[devices[device]] }, icon[devices[device]]),
    );
    label(toggle, labels[devices[device]]);
  }
  paint();
  return toggle;
}
