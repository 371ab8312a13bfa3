// The toolbar of the call. It hides itself when the mouse rests, in a different way in each layout.
import { boot } from '../../client/boot.js';
import { devices } from '../../client/devices.js';
import { h } from '../../client/dom.js';
import { label } from '../../client/label.js';
import { appear } from '../../client/late.js';
import { svgIcon, zmButton } from '../dom.js';

/** Where a label does not win over the words below the icon, those would be part of the button's name. */
const HAS_CAPTIONS = ['aria-label', 'labelledby'].includes(boot.labels_by);

/** A button of the toolbar, with a word below the icon. */
export function footerButton({ name, caption, icon, onclick, class: more = '' }) {
  const button = h(
    'button',
    { type: 'button', class: `footer-button__button ${more}`.trim(), onclick },
    icon,
  );
  if (HAS_CAPTIONS) button.append(h('span', { class: 'footer-button__button-label' }, caption));
  return label(button, name);
}

const DEVICES = {
  microphone: {
    names: ['unmute my microphone', 'mute my microphone'],
    captions: ['Unmute', 'Mute'],
    shape: 'mic',
  },
  camera: {
    names: ['start my video', 'stop my video'],
    captions: ['Start Video', 'Stop Video'],
    shape: 'video',
  },
};

/** The microphone or the camera. Its name says what it does next. `onchange` hears whether it is on. */
export function deviceButton(device, onchange = () => {}) {
  const { names, captions, shape } = DEVICES[device];
  const on = Number(devices[device]);
  return footerButton({
    name: names[on],
    caption: captions[on],
    icon: svgIcon(shape, '', { crossed: !on }),
    class: `footer-button__${device}`,
    onclick: (event) => {
      devices[device] = !devices[device];
      event.currentTarget.replaceWith(deviceButton(device, onchange));
      onchange(devices[device]);
    },
  });
}

/** "Leave", which opens a menu with the button that really leaves. */
export function leaveButton(leave) {
  const menu = h('div', { class: 'leave-meeting-options', hidden: true });
  menu.append(
    zmButton('Leave Meeting', leave, {
      class: 'leave-meeting-options__btn leave-meeting-options__btn--danger',
    }),
  );
  const button = footerButton({
    name: 'Leave',
    caption: 'Leave',
    icon: svgIcon('leave'),
    class: 'footer__leave-btn',
    onclick: () => {
      menu.hidden = !menu.hidden;
    },
  });
  return h('div', { class: 'footer__leave-btn-container' }, menu, button);
}

const FOOTERS = {
  single: { tag: 'footer', id: 'foot-bar', class: 'footer' },
  gallery: { tag: 'footer', id: null, class: 'footer' },
  older: { tag: 'div', id: 'wc-footer', class: 'footer' },
};

function emptyFooter() {
  const { tag, ...attributes } = FOOTERS[boot.layout];
  return h(tag, attributes);
}

/** The toolbar of the waiting room: it looks like the call's. */
export const lobbyToolbar = (leave) =>
  appear(emptyFooter(), [deviceButton('microphone'), deviceButton('camera'), leaveButton(leave)]);

/** The toolbar of the call: its element, and how it disappears while the mouse rests. */
export class Footer {
  /** Where the toolbar is while it is shown. */
  home = h('div', { class: 'footer-home' });
  element = emptyFooter();
  #timer = null;
  #moved = () => this.#wake();

  constructor(buttons) {
    this.home.append(appear(this.element, buttons));
    window.addEventListener('mousemove', this.#moved);
    window.addEventListener('keydown', this.#moved);
    this.#wake();
  }

  close() {
    clearTimeout(this.#timer);
    window.removeEventListener('mousemove', this.#moved);
    window.removeEventListener('keydown', this.#moved);
  }

  #wake() {
    this.#hide(false);
    clearTimeout(this.#timer);
    if (boot.footer_hides_after_ms === null) return;
    this.#timer = setTimeout(() => this.#hide(true), boot.footer_hides_after_ms);
  }

  /** The newest layout makes it invisible, the gallery takes its place away, the older one takes it out of the page. */
  #hide(hidden) {
    if (boot.layout === 'single') this.element.classList.toggle('footer--hidden', hidden);
    else if (boot.layout === 'gallery') this.element.hidden = hidden;
    else if (hidden) this.element.remove();
    else if (!this.element.isConnected) this.home.append(this.element);
  }
}
