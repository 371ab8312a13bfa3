import { h } from '../../client/dom.js';

/** The pane beside the pictures. It shows one thing at a time, or is closed. */
export class Pane {
  element = h('aside', { class: 'pane', hidden: true });
  #content = null;
  #onChange;

  /** `onChange` hears what is shown from now on, or null. */
  constructor(onChange) {
    this.#onChange = onChange;
  }

  shows(content) {
    return this.#content === content;
  }

  toggle(content) {
    this.show(this.shows(content) ? null : content);
  }

  show(content) {
    this.#content = content;
    this.element.hidden = content === null;
    this.element.replaceChildren(...(content ? [content] : []));
    this.#onChange(content);
  }
}
