import { h } from '../../client/dom.js';
import { words } from '../texts.js';

/** The audio level on the tile of somebody who speaks. On other tiles it is 0. */
const SPEAKING_LEVEL = '6';

/** The grid of tiles: one for each person and guest, including the guest itself. */
export class Stage {
  element = h('main', { class: 'stage' });
  #grid = h('div', { class: 'grid' });
  #alone = h('p', { class: 'alone', hidden: true }, words.alone);
  #tiles = new Map();
  #streams = new Map();
  #self;

  constructor(self) {
    this.#self = self;
    this.element.append(this.#grid, this.#alone);
  }

  update(everybody, speaking) {
    const here = new Set(everybody.map(({ id }) => id));
    for (const [id, tile] of this.#tiles) {
      if (here.has(id)) continue;
      tile.remove();
      this.#tiles.delete(id);
    }
    for (const person of everybody) {
      const tile = this.#tiles.get(person.id) ?? this.#add(person);
      const isSpeaking = speaking.includes(person.id);
      tile.setAttribute('data-audio-level', isSpeaking ? SPEAKING_LEVEL : '0');
    }
    this.#alone.hidden = everybody.length > 1;
    this.#grid.style.setProperty('--columns', String(Math.ceil(Math.sqrt(everybody.length || 1))));
  }

  /** Plays a person's media in the person's tile. */
  play(personId, stream) {
    this.#streams.set(personId, stream);
    const tile = this.#tiles.get(personId);
    if (tile) attach(tile, stream);
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
    if (stream) attach(tile, stream);
    return tile;
  }
}

function attach(tile, stream) {
  tile.querySelector('video')?.remove();
  tile.querySelector('audio')?.remove();
  const video = h('video', { autoplay: true, playsinline: true });
  const audio = h('audio', { autoplay: true });
  // Sound and picture are in separate elements, as on the platform. The video must be muted, or the voice
  // would be heard twice.
  video.muted = true;
  video.srcObject = stream;
  audio.srcObject = stream;
  tile.prepend(video, audio);
}
