import { boot } from '../../client/boot.js';
import { devices } from '../../client/devices.js';
import { h } from '../../client/dom.js';
import { WindowedList } from '../../client/windowed-list.js';
import { svgIcon } from '../dom.js';

/** The list of participants. A row says in one label who it is, and what the person is and has. */
export class Participants {
  element;
  #title = h('h2', {});
  #rows;

  constructor() {
    const list = h('div', {
      id: 'participants-ul',
      class: 'participants-ul',
      role: 'list',
      'aria-label': 'Participants list',
    });
    this.#rows = new WindowedList(list, { row, rowHeight: 44 });
    this.element = h('div', { class: 'participants-section-container' }, this.#title, list);
  }

  update({ people, guests, selfId }) {
    const count = people.length + guests.length;
    this.#title.textContent = boot.no_count ? 'Participants' : `Participants (${count})`;
    const guestRows = guests.map((guest) => {
      const is_self = guest.id === selfId;
      return { ...guest, is_self, is_muted: !is_self || !devices.microphone };
    });
    this.#rows.update([...people, ...guestRows]);
  }
}

function row({ id, name, is_self = false, is_host, is_muted = false }) {
  const marks = [is_self && '(Me)', is_host && '(Host)'].filter(Boolean);
  const voice = is_muted ? 'muted' : 'unmuted';
  return h(
    'div',
    {
      role: 'listitem',
      class: 'participants-li',
      id: `participants-list-${id}`,
      'aria-label': [name, ...marks, voice].join(', '),
    },
    h('span', { class: 'participants-item__avatar', 'aria-hidden': 'true' }, [...name][0].toUpperCase()),
    h('span', { class: 'participants-item__display-name' }, name),
    marks.length ? h('span', { class: 'participants-item__name-label' }, marks.join(' ')) : null,
    svgIcon('mic', '', { crossed: is_muted }),
  );
}
