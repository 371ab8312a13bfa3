import { boot } from '../../client/boot.js';
import { h } from '../../client/dom.js';
import { playIn } from '../../client/tracks.js';
import { wording, words } from '../texts.js';
import { marks } from './marks.js';
import { Tile } from './tile.js';

/** The tiles of everybody but the guest itself, whose own picture is not one of them. */
export class Stage {
  element = h('main', { class: 'stage', ...marks.stage });
  #grid = h('div', { class: 'grid' });
  #alone = h('p', { class: 'alone', hidden: true }, wording(words.alone));
  #tiles = new Map();
  #streams = new Map();

  constructor() {
    this.element.append(this.#grid, this.#alone);
  }

  /** `others`: who is here besides the guest. */
  update(others, speaking) {
    const here = new Set(others.map(({ id }) => id));
    for (const [id, tile] of this.#tiles) {
      if (here.has(id)) continue;
      tile.element.remove();
      this.#tiles.delete(id);
    }
    for (const person of boot.no_tiles ? [] : others) {
      const tile = this.#tiles.get(person.id) ?? this.#add(person);
      tile.rename(person);
      tile.speak(speaking.includes(person.id));
    }
    this.#alone.hidden = others.length > 0;
    this.#grid.style.setProperty('--columns', String(Math.ceil(Math.sqrt(others.length || 1))));
  }

  /** Plays a person's media in the person's tile. Somebody without one is heard all the same. */
  play(personId, stream) {
    this.#streams.set(personId, stream);
    const tile = this.#tiles.get(personId);
    if (tile) tile.play(stream);
    else if (boot.no_tiles) this.#hear(personId, stream);
  }

  #hear(personId, stream) {
    const known = this.element.querySelector(`[data-heard="${personId}"]`);
    const box = known ?? h('div', { 'data-heard': personId, hidden: true });
    this.element.append(box);
    playIn(box, new MediaStream(stream.getAudioTracks()));
  }

  #add(person) {
    const tile = new Tile(person);
    this.#tiles.set(person.id, tile);
    this.#grid.append(tile.element);
    const stream = this.#streams.get(person.id);
    if (stream) tile.play(stream);
    return tile;
  }
}
