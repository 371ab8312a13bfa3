import { boot } from '../../client/boot.js';
import { h } from '../../client/dom.js';
import { Meter } from '../../client/meter.js';
import { playIn } from '../../client/tracks.js';
import { words } from '../texts.js';

/** The audio level on the tile of somebody who speaks. On other tiles it is 0. */
const SPEAKING_LEVEL = '6';
/** What the tile has instead where the page marks speakers by class. */
const SPEAKING_CLASS = 'Oaajhc';
const SILENT_CLASS = 'gjg47c';

/** The grid of tiles: one for each person and guest, including the guest itself. */
export class Stage {
  element = h('main', { class: 'stage' });
  #grid = h('div', { class: 'grid' });
  #alone = h('p', { class: 'alone', hidden: true }, words.alone);
  #tiles = new Map();
  #streams = new Map();
  #meters = new WeakMap();
  #self;

  constructor(self) {
    this.#self = self;
    this.element.append(this.#grid, this.#alone);
  }

  /** The guest has another id: its tile is made anew. */
  isNow(self) {
    this.#self = self;
  }

  update(everybody, speaking) {
    const here = new Set(everybody.map(({ id }) => id));
    for (const [id, tile] of this.#tiles) {
      if (here.has(id)) continue;
      tile.remove();
      this.#tiles.delete(id);
    }
    for (const person of boot.no_tiles ? [] : everybody) {
      const tile = this.#tiles.get(person.id) ?? this.#add(person);
      if (person.id !== this.#self.id) tile.querySelector('.name').textContent = person.name;
      this.#mark(tile, speaking.includes(person.id));
    }
    this.#alone.hidden = everybody.length > 1;
    this.#grid.style.setProperty('--columns', String(Math.ceil(Math.sqrt(everybody.length || 1))));
  }

  /** Plays a person's media in the person's tile. */
  play(personId, stream) {
    this.#streams.set(personId, stream);
    const tile = this.#tiles.get(personId);
    if (tile) playIn(tile, stream);
    else if (boot.no_tiles) this.#hear(personId, stream);
  }

  #mark(tile, isSpeaking) {
    const signal = boot.speaking_signal ?? 'attribute';
    if (signal === 'attribute') tile.setAttribute('data-audio-level', isSpeaking ? SPEAKING_LEVEL : '0');
    if (signal === 'style') this.#meters.get(tile).set(isSpeaking);
    if (signal !== 'class') return;
    tile.classList.toggle(SPEAKING_CLASS, isSpeaking);
    tile.classList.toggle(SILENT_CLASS, !isSpeaking);
  }

  /** Somebody without a tile is heard all the same. */
  #hear(personId, stream) {
    const known = this.element.querySelector(`[data-heard="${personId}"]`);
    const box = known ?? h('div', { 'data-heard': personId, class: 'unseen' });
    this.element.append(box);
    playIn(box, new MediaStream(stream.getAudioTracks()));
  }

  #meter(tile) {
    const meter = new Meter();
    this.#meters.set(tile, meter);
    tile.append(meter.element);
  }

  #add(person) {
    const isSelf = person.id === this.#self.id;
    const tile = h(
      'div',
      { class: 'tile', 'data-participant-id': person.id },
      h('div', { class: 'avatar', 'aria-hidden': 'true' }, [...person.name][0].toUpperCase()),
      h(
        'span',
        { class: 'name notranslate', ...(isSelf && { 'data-self-name': person.name }) },
        isSelf ? words.you : person.name,
      ),
    );
    this.#tiles.set(person.id, tile);
    this.#grid.append(tile);
    const stream = this.#streams.get(person.id);
    if (stream) playIn(tile, stream);
    if (boot.speaking_signal === 'style') this.#meter(tile);
    return tile;
  }
}
