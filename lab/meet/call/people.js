import { boot } from '../../client/boot.js';
import { h } from '../../client/dom.js';
import { WindowedList } from '../../client/windowed-list.js';
import { words } from '../texts.js';

/** The participants list of the side panel. */
export function peopleList() {
  const list = h('div', { role: 'list', 'aria-label': words.participants });
  const count = h('span', { class: 'count' });
  const element = h(
    'div',
    { class: 'people' },
    h('div', { class: 'section' }, h('span', {}, words.contributors), boot.no_count ? null : count),
    list,
  );

  const row = ({ id, name, is_host, is_self }) =>
    h(
      'div',
      { role: 'listitem', 'aria-label': name, 'data-participant-id': id, class: 'person' },
      h('span', { class: 'avatar small', 'aria-hidden': 'true' }, [...name][0].toUpperCase()),
      h(
        'span',
        {},
        h('span', { class: 'notranslate' }, name),
        is_self ? h('span', {}, ` (${words.you})`) : null,
        is_host ? h('small', {}, words.host) : null,
      ),
    );

  const rows = new WindowedList(list, { row, rowHeight: 56 });

  return {
    element,
    update(everybody, selfId) {
      count.replaceChildren(h('div', {}, String(everybody.length)));
      rows.update(everybody.map((person) => ({ ...person, is_self: person.id === selfId })));
    },
  };
}
