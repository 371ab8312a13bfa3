import { boot } from '../../client/boot.js';
import { h } from '../../client/dom.js';
import { Meter } from '../../client/meter.js';
import { playIn } from '../../client/tracks.js';
import { shownName, sideBadge } from './names.js';

/** The class of the outline around somebody who speaks. */
const SPEAKING_CLASS = 'vdi-frame-occlusion';

/** The tile of one participant. Its `data-tid` is the participant's name, which is the platform's idea. */
export class Tile {
  element;
  #outline = h('div', outlineMarks());
  #tag = h('span', { 'data-tid': 'participant-info-nametag' });
  #badge = h('span', { class: 'badge' });
  #meter = new Meter();

  constructor(person) {
    const stream = h('div', { class: 'stream' });
    const plate = h('div', { class: 'plate' }, this.#tag, this.#badge);
    const avatar = h('span', { class: 'avatar', 'aria-hidden': 'true' }, [...person.name][0].toUpperCase());
    this.element = h('div', { class: 'tile', ...tileMarks() }, stream, avatar, this.#outline, plate);
    if (boot.speaking_signal === 'style') this.#outline.append(this.#meter.element);
    this.rename(person);
  }

  rename(person) {
    const name = shownName(person);
    if (boot.layout === 'classic') this.element.setAttribute('aria-label', name);
    else this.element.setAttribute('data-tid', name);
    this.#tag.textContent = name;
    this.#badge.textContent = sideBadge(person) ?? '';
    this.#badge.hidden = this.#badge.textContent === '';
  }

  speak(on) {
    const signal = boot.speaking_signal ?? 'class';
    if (signal === 'class') this.#outline.classList.toggle(SPEAKING_CLASS, on);
    if (signal === 'attribute') this.#outline.setAttribute('aria-current', String(on));
    if (signal === 'style') this.#meter.set(on);
  }

  play(stream) {
    playIn(this.element.querySelector('.stream'), stream);
  }
}

const tileMarks = () =>
  boot.layout === 'classic' ? { 'data-cid': 'calling-participant-stream' } : { 'data-stream-type': 'Video' };

function outlineMarks() {
  if (boot.layout === 'classic') return { class: 'outline', 'data-tid': 'participant-speaker-ring' };
  return { class: 'outline', 'data-tid': 'voice-level-stream-outline' };
}
