import { h } from '../../client/dom.js';
import { iconButton } from '../buttons.js';
import { words } from '../texts.js';

/** The side panel. It shows one panel at a time, or is closed. */
export class Panel {
  element = h('aside', { class: 'panel', 'aria-label': words.side_panel, hidden: true });
  #content = null;

  shows(content) {
    return this.#content === content;
  }

  toggle(title, content) {
    if (this.shows(content)) return this.close();
    this.#content = content;
    this.element.hidden = false;
    this.element.replaceChildren(
      h(
        'header',
        {},
        h('h2', {}, title),
        iconButton(words.close, 'close', () => this.close()),
      ),
      content,
    );
  }

  close() {
    this.#content = null;
    this.element.hidden = true;
    this.element.replaceChildren();
  }
}
