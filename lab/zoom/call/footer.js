// The toolbar of the call. It hides itself when the mouse rests, in a different way in each layout.
import { boot } from '../../client/boot.js';
import { devices } from '../../client/devices.js';
import { h } from '../../client/dom.js';
import { svgIcon, zmButton } from '../dom.js';

/** A button of the toolbar, with its label in words below the icon. */
export function footerButton({ label, text, icon, onclick, class: more = '' }) {
  const caption = h('span', { class: 'footer-button__label' }, text);
  const button = h('button', { type: 'button', class: `footer-button__button ${more}`.trim(), onclick });
  button.append(icon, caption);
  button.setAttribute('aria-label', label);
  return button;
}

/** The microphone or the camera. Its label says what it does next. */
export function deviceButton(device) {
  const kinds = {
    microphone: {
      labels: ['unmute my microphone', 'mute my microphone'],
      texts: ['Unmute', 'Mute'],
      shape: 'mic',
    },
    camera: {
      labels: ['start my video', 'stop my video'],
      texts: ['Start Video', 'Stop Video'],
      shape: 'video',
    },
  };
  const { labels, texts, shape } = kinds[device];
  const make = () => {
    const on = Number(devices[device]);
    return footerButton({
      label: labels[on],
      text: texts[on],
      icon: svgIcon(shape, '', { crossed: !on }),
      onclick: (event) => {
        devices[device] = !devices[device];
        event.currentTarget.replaceWith(make());
      },
    });
  };
  return make();
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
    label: 'Leave',
    text: 'Leave',
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

/** The toolbar of the waiting room: it looks like the call's. */
export function lobbyToolbar(leave) {
  const { tag, ...attributes } = FOOTERS[boot.layout];
  return h(tag, attributes, deviceButton('microphone'), deviceButton('camera'), leaveButton(leave));
}

/** The toolbar of the call: its element, and how it disappears while the mouse rests. */
export class Footer {
  element;
  #home = h('div', { class: 'footer-home' });
  #timer = null;
  #moved = () => this.#wake();

  constructor(...buttons) {
    const { tag, ...attributes } = FOOTERS[boot.layout];
    this.element = h(tag, attributes, buttons);
    this.#home.append(this.element);
    window.addEventListener('mousemove', this.#moved);
    window.addEventListener('keydown', this.#moved);
    this.#wake();
  }

  /** Where the toolbar is while it is shown. */
  get home() {
    return this.#home;
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
    else if (!this.element.isConnected) this.#home.append(this.element);
  }
}
