// The list of participants. With a window it has only so many rows in the page, as a long list has them.
import { boot } from '../../client/boot.js';
import { h } from '../../client/dom.js';
import { svgIcon } from '../dom.js';

const ROW_PX = 44;

export class Participants {
  element;
  #title = h('h2', {});
  #rows = h('div', { class: 'participants-ul__rows' });
  #list = h('div', {
    id: 'participants-ul',
    class: 'participants-ul',
    role: 'list',
    'aria-label': 'Participants list',
    onscroll: () => this.#paint(),
  });
  #room = { everybody: [], speaking: [], selfId: '' };

  constructor() {
    this.#list.append(this.#rows);
    this.element = h('div', { class: 'participants-section-container' }, this.#title, this.#list);
  }

  update(room) {
    this.#room = room;
    this.#title.textContent = boot.no_count ? 'Participants' : `Participants (${room.everybody.length})`;
    this.#paint();
  }

  /** Puts those rows into the page that can be seen. The space of the others is empty. */
  #paint() {
    const { everybody } = this.#room;
    const size = boot.list_window ?? everybody.length;
    const top = Math.floor(this.#list.scrollTop / ROW_PX);
    const from = Math.max(0, Math.min(top, everybody.length - size));
    const shown = everybody.slice(from, from + size);
    this.#rows.style.paddingTop = `${from * ROW_PX}px`;
    this.#rows.style.paddingBottom = `${(everybody.length - from - shown.length) * ROW_PX}px`;
    this.#list.style.maxHeight = boot.list_window ? `${size * ROW_PX}px` : '';
    this.#rows.replaceChildren(...shown.map((person) => this.#row(person)));
  }

  #row({ id, name, is_host }) {
    const { selfId, speaking } = this.#room;
    const marks = [id === selfId && '(Me)', is_host && '(Host)'].filter(Boolean);
    const voice = speaking.includes(id) ? 'unmuted' : 'muted';
    return h(
      'div',
      {
        role: 'listitem',
        class: 'participants-li',
        id: `participants-list-${id}`,
        'aria-label': [name, ...marks, voice, 'video on'].join(', '),
        style: `height: ${ROW_PX}px`,
      },
      h('span', { class: 'participants-item__avatar', 'aria-hidden': 'true' }, [...name][0].toUpperCase()),
      h('span', { class: 'participants-item__display-name' }, name),
      marks.length ? h('span', { class: 'participants-item__name-label' }, marks.join(' ')) : null,
      svgIcon('mic', '', { crossed: voice === 'muted' }),
    );
  }
}
