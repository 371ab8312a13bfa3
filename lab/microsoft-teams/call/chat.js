import { boot } from '../../client/boot.js';
import { h } from '../../client/dom.js';
import { label } from '../../client/label.js';
import { toolButton } from '../controls.js';
import { words } from '../texts.js';
import { marks } from './marks.js';

/** The list keeps only so many messages in the page, as the platform's does. */
const MOST_RENDERED = 30;

/** The chat of the call. Messages go to the lab and come back from it as events. */
export class Chat {
  #messages = h('div', { class: 'messages', role: 'list', ...marks.messages });
  #editor = label(
    h('div', {
      ...{ role: 'textbox', contenteditable: 'true', class: 'ck-editor__editable' },
      ...{ placeholder: words.message_field, 'data-placeholder': words.message_field },
    }),
    words.message_field,
  );
  #send;
  /** What the editor knows. Text that a script puts into the page is not in it. */
  #text = '';
  #typing = false;
  element = h('div', { class: 'chat' });

  constructor(send) {
    this.#send = send;
    const attributes =
      boot.layout === 'classic' ? { name: 'send' } : { 'data-tid': 'newMessageCommands-send' };
    const button = toolButton(words.send, 'send', () => this.#submit(), attributes);
    this.#listen();
    this.element.append(
      this.#messages,
      h('div', { class: 'compose' }, h('div', { 'data-tid': 'ckeditor' }, this.#editor), button),
    );
  }

  #listen() {
    this.#editor.addEventListener('beforeinput', () => {
      this.#typing = true;
    });
    this.#editor.addEventListener('paste', () => {
      this.#typing = true;
    });
    this.#editor.addEventListener('input', () => {
      // biome-ignore lint/performance/useDomNodeTextContent: lines are elements here, and textContent joins them.
      if (this.#typing) this.#text = this.#editor.innerText;
      this.#typing = false;
    });
    this.#editor.addEventListener('keydown', (event) => {
      // In the light client Enter makes a new line.
      if (event.key !== 'Enter' || event.shiftKey || boot.layout === 'light') return;
      event.preventDefault();
      this.#submit();
    });
  }

  #submit() {
    const text = this.#text.trim();
    this.#text = '';
    this.#editor.replaceChildren();
    if (text !== '') this.#send(text);
  }

  receive({ id, from, text, at }) {
    const time = new Date(at).toLocaleTimeString([], { hour: 'numeric', minute: '2-digit' });
    this.#add(
      h(
        'div',
        { role: 'listitem', 'data-tid': 'chat-pane-item' },
        h(
          'div',
          { 'data-tid': 'chat-pane-message', 'data-mid': id },
          h('span', { 'data-tid': 'message-author-name' }, from),
          ' ',
          h('time', { datetime: at }, time),
          h('div', { 'data-tid': 'messageBodyContent', id: `content-${id}` }, h('p', {}, text)),
        ),
      ),
    );
  }

  /** A line that the platform writes itself, which is no message. */
  note(text) {
    this.#add(h('div', { role: 'listitem', 'data-tid': 'chat-pane-item', class: 'note' }, text));
  }

  #add(item) {
    this.#messages.append(item);
    while (this.#messages.childElementCount > MOST_RENDERED) this.#messages.firstElementChild.remove();
    this.#messages.scrollTop = this.#messages.scrollHeight;
  }
}
