import { h } from './dom.js';

const STEP_MS = 120;

/** A bar that moves while somebody speaks. Only its inline style says so. */
export class Meter {
  element = h('span', { class: 'meter', 'aria-hidden': 'true', style: 'height: 0px' });
  #timer = null;

  set(speaking) {
    if (speaking === (this.#timer !== null)) return;
    clearInterval(this.#timer);
    this.#timer = speaking ? setInterval(() => this.#move(), STEP_MS) : null;
    this.element.style.height = speaking ? '6px' : '0px';
  }

  #move() {
    // A meter whose tile is gone must not go on for ever.
    if (this.element.isConnected) this.element.style.height = `${4 + Math.round(Math.random() * 14)}px`;
    else this.set(false);
  }
}
