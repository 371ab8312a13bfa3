import { boot } from '../../client/boot.js';
import { h } from '../../client/dom.js';
import { WindowedList } from '../../client/windowed-list.js';
import { words } from '../texts.js';
import { marks } from './marks.js';
import { shownName, sideBadge } from './names.js';

/** The panel with everybody who is in the meeting. */
export class Roster {
  #title = h('h3');
  #list = h('div', { role: 'tree', 'aria-label': words.attendees });
  #rows = new WindowedList(this.#list, { row, rowHeight: 52 });
  element = h('div', { class: 'roster', ...marks.people }, this.#title, this.#list);

  update(everybody) {
    const count = boot.no_count ? words.attendees : words.in_meeting(everybody.length);
    this.#title.textContent = count;
    this.#rows.update(everybody);
  }
}

function row(person) {
  const name = shownName(person);
  const role = person.is_host ? words.organizer : null;
  return h(
    'div',
    { role: 'treeitem', class: 'person', id: person.id, ...rowMarks(person, name) },
    h('span', { class: 'avatar small', 'aria-hidden': 'true' }, [...person.name][0].toUpperCase()),
    h('span', {}, h('span', { title: name }, name), role ? h('small', {}, role) : null),
    sideBadge(person) ? h('span', { class: 'badge' }, sideBadge(person)) : null,
  );
}

function rowMarks(person, name) {
  const parts = [name, sideBadge(person), person.is_host ? words.organizer : null, words.muted];
  const spoken = parts.filter(Boolean).join(', ');
  if (boot.layout === 'light') return { 'data-cid': 'roster-participant', 'aria-label': spoken };
  if (boot.layout === 'classic') return { 'data-tid': 'roster-participant' };
  return { 'data-tid': `participantsInCall-${person.name}`, 'aria-label': spoken };
}
