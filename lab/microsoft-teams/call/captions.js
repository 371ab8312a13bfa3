import { h } from '../../client/dom.js';
import { marks } from './marks.js';

/** The pane keeps only so many captions in the page, as the platform's does. */
const MOST_ROWS = 5;

/** Live captions. A row changes in place while its sentence grows, and once more when it is final. */
export class Captions {
  #list = h('div', marks.captions);
  #rows = new Map();
  element = h(
    'div',
    { class: 'captions', 'data-tid': 'closed-caption-renderer-wrapper', hidden: true },
    this.#list,
  );

  get on() {
    return !this.element.hidden;
  }

  toggle() {
    this.element.hidden = this.on;
    this.#rows.clear();
    this.#list.replaceChildren();
  }

  /** Shows a caption as it is now. Those from before captions were turned on are not shown. */
  show({ id, name, text, ended_at }) {
    if (!this.on) return;
    const row = this.#rows.get(id) ?? (ended_at ? null : this.#add(id, name));
    if (row) row.querySelector('[data-tid="closed-caption-text"]').textContent = text;
  }

  #add(id, name) {
    const row = h(
      'div',
      { class: 'caption' },
      h('span', { 'data-tid': 'author' }, name),
      h('span', { 'data-tid': 'closed-caption-text', dir: 'auto' }),
    );
    this.#rows.set(id, row);
    this.#list.append(row);
    if (this.#list.childElementCount > MOST_ROWS) this.#list.firstElementChild.remove();
    return row;
  }
}
