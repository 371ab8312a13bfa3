// The people's pictures, in the three layouts of the web client.
import { boot } from '../../client/boot.js';
import { h } from '../../client/dom.js';
import { Frame } from './frame.js';
import { followsSpeaker, markSpeaking } from './speaking.js';

/** Frames on one page of the gallery. */
const PAGE_SIZE = 9;

/** Keeps one frame for each person who is shown, in their order. */
class Frames {
  element;
  #className;
  #frames = new Map();

  constructor(element, className) {
    this.element = element;
    this.#className = className;
  }

  update(people, speaking, streams) {
    const here = new Set(people.map(({ id }) => id));
    for (const [id, frame] of this.#frames) {
      if (here.has(id)) continue;
      frame.element.remove();
      this.#frames.delete(id);
    }
    for (const person of people) {
      const frame = this.#frames.get(person.id) ?? this.#add(person.id);
      frame.show(person, streams.get(person.id) ?? null);
      markSpeaking(frame.element, this.#className, speaking.includes(person.id));
    }
  }

  #add(id) {
    const frame = new Frame(this.#className);
    this.#frames.set(id, frame);
    this.element.append(frame.element);
    return frame;
  }
}

/** The picture of whoever speaks, or spoke last. With a shared screen it is small, beside the screen. */
function singleLayout() {
  const [container, className] = boot.share
    ? ['single-suspension-container', 'single-suspension-container__video-frame']
    : ['single-main-container', 'single-main-container__video-frame'];
  const main = new Frame(className);
  const screen = boot.share ? h('div', { class: 'sharee-container', 'aria-label': 'Shared screen' }) : null;
  const empty = h('div', { class: container });
  return {
    element: h('div', { class: 'layout layout--single' }, screen, empty),
    update({ main: person, speaking, streams }) {
      main.show(person, streams.get(person.id) ?? null);
      markSpeaking(main.element, className, speaking.includes(person.id));
      if (!main.element.isConnected) empty.append(main.element);
    },
  };
}

/** A page of frames, and buttons to the pages before and after it. */
function galleryLayout() {
  let page = 0;
  let last = null;
  const frames = new Frames(
    h('div', { class: 'gallery-video-container__main-view' }),
    'gallery-video-container__video-frame',
  );
  const turn = (step) => () => {
    page += step;
    if (last) update(last);
  };
  const back = h('button', {
    type: 'button',
    class: 'gallery-video-container__switch-button gallery-video-container__switch-button--back',
    'aria-label': 'Previous page',
    onclick: turn(-1),
  });
  const next = h('button', {
    type: 'button',
    class: 'gallery-video-container__switch-button',
    'aria-label': 'Next page',
    onclick: turn(1),
  });

  function update(state) {
    last = state;
    const lastPage = Math.max(0, Math.ceil(state.everybody.length / PAGE_SIZE) - 1);
    page = Math.min(Math.max(page, 0), lastPage);
    const shown = state.everybody.slice(page * PAGE_SIZE, (page + 1) * PAGE_SIZE);
    frames.element.style.setProperty('--columns', String(Math.ceil(Math.sqrt(shown.length || 1))));
    frames.update(shown, state.speaking, state.streams);
    back.hidden = page === 0;
    next.hidden = page === lastPage;
  }

  return {
    element: h('div', { class: 'layout gallery-video-container' }, back, frames.element, next),
    update,
  };
}

/** The speaker, and a bar with everybody above. */
function olderLayout() {
  const main = new Frame('speaker-active-container__video-frame');
  const bar = new Frames(h('div', { class: 'speaker-bar-container' }), 'speaker-bar-container__video-frame');
  const container = h('div', { class: 'speaker-active-container' });
  return {
    element: h('div', { class: 'layout layout--older' }, bar.element, container),
    update({ main: person, everybody, speaking, streams }) {
      main.show(person, streams.get(person.id) ?? null);
      if (!main.element.isConnected) container.append(main.element);
      bar.update(everybody, speaking, streams);
    },
  };
}

const LAYOUTS = { single: singleLayout, gallery: galleryLayout, older: olderLayout };

/** The pictures of the call. Who speaks last stays in the speaker's frame. */
export class Stage {
  element = h('div', { id: 'video-share-layout' });
  #layout = LAYOUTS[boot.layout]();
  #streams = new Map();
  #state = null;
  #lastSpeaker = null;
  #selfId;

  /** `selfId` says which of the people the guest itself is: a reconnect may change it. */
  constructor(selfId) {
    this.#selfId = selfId;
    if (!boot.no_tiles) this.element.append(this.#layout.element);
  }

  update(everybody, speaking) {
    if (followsSpeaker) this.#lastSpeaker = speaking.at(-1) ?? this.#lastSpeaker;
    const main =
      everybody.find(({ id }) => id === this.#lastSpeaker) ??
      everybody.find(({ id }) => id !== this.#selfId()) ??
      everybody[0];
    if (!main) return;
    this.#state = { everybody, main, speaking, streams: this.#streams };
    this.#layout.update(this.#state);
  }

  /** Plays a person's picture wherever the person is shown. */
  play(personId, stream) {
    this.#streams.set(personId, stream);
    if (this.#state) this.#layout.update(this.#state);
  }
}
