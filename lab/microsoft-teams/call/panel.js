import { h } from '../../client/dom.js';
import { toolButton } from '../controls.js';
import { words } from '../texts.js';

/** The side panel. It shows one thing at a time, or is closed. */
export class Panel {
  element = h('aside', { class: 'panel', hidden: true });
  #content = null;

  shows(content) {
    return this.#content === content;
  }

  toggle(title, content) {
    if (this.shows(content)) return this.close();
    this.#content = content;
    this.element.hidden = false;
    const header = h(
      'header',
      {},
      h('h2', {}, title),
      toolButton(words.close, 'close', () => this.close()),
    );
    this.element.replaceChildren(header, content);
  }

  close() {
    this.#content = null;
    this.element.hidden = true;
    this.element.replaceChildren();
  }
}
