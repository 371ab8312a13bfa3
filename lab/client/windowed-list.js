import { boot } from './boot.js';
import { h } from './dom.js';

/**
 * A list of rows. Where the scenario has a `list_window`, only so many rows are in the page, and the list
 * scrolls: others come as it is scrolled, and those out of sight go.
 */
export class WindowedList {
  #list;
  #row;
  #rowHeight;
  #items = [];

  /** `row` makes the element of one item. */
  constructor(list, { row, rowHeight = 48 }) {
    this.#list = list;
    this.#row = row;
    this.#rowHeight = rowHeight;
    if (boot.list_window === null) return;
    list.style.overflowY = 'auto';
    list.style.flex = 'none';
    // One row less than it renders, so that there is always one more to scroll to.
    list.style.height = `${Math.max(1, boot.list_window - 1) * rowHeight}px`;
    list.addEventListener('scroll', () => this.#render());
  }

  update(items) {
    this.#items = items;
    this.#render();
  }

  #render() {
    const size = boot.list_window ?? this.#items.length;
    const last = Math.max(0, this.#items.length - size);
    const wanted = boot.list_window === null ? 0 : Math.floor(this.#list.scrollTop / this.#rowHeight);
    const first = Math.min(last, wanted);
    const rows = this.#items.slice(first, first + size).map((item) => this.#fixed(this.#row(item)));
    const below = Math.max(0, this.#items.length - first - size);
    this.#list.replaceChildren(...this.#space(first), ...rows, ...this.#space(below));
  }

  #fixed(row) {
    if (boot.list_window === null) return row;
    row.style.height = `${this.#rowHeight}px`;
    row.style.boxSizing = 'border-box';
    row.style.overflow = 'hidden';
    return row;
  }

  #space(rows) {
    if (rows === 0) return [];
    return [h('div', { role: 'presentation', style: `height: ${rows * this.#rowHeight}px` })];
  }
}
