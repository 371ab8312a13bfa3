import { h } from '../../client/dom.js';
import { label } from '../../client/label.js';
import { zmButton } from '../dom.js';

const HINT = 'Type message here ...';
/** The platform takes so many characters in one message. */
const LONGEST = 1_024;

/** The chat pane. Messages go to the lab and come back from it as events. */
export class Chat {
  element;
  #list = h('div', {
    role: 'application',
    'aria-label': 'Chat Message List',
    class: 'chat-container__chat-list',
  });
  #input = h('div', {
    class: 'tiptap ProseMirror',
    contenteditable: 'true',
    role: 'textbox',
  });
  #send;

  constructor(send) {
    this.#send = send;
    label(this.#input, HINT);
    this.#empty();
    this.#input.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter' || event.shiftKey) return;
      event.preventDefault();
      this.#submit();
    });
    this.element = h(
      'div',
      { class: 'chat-container' },
      this.#list,
      h(
        'div',
        { class: 'chat-rtf-box' },
        h('div', { class: 'chat-rtf-box__editor-outer' }, this.#input),
        zmButton('➤', () => this.#submit(), { class: 'chat-rtf-box__send', 'aria-label': 'send' }),
      ),
    );
  }

  receive({ id, from, guest_id, text, at }, selfId) {
    const sender = guest_id === selfId ? 'You' : from;
    const time = new Date(at).toLocaleTimeString('en-US', { hour: '2-digit', minute: '2-digit' });
    const label = `${sender} to Everyone, ${time}, ${text}`;
    this.#list.append(
      h(
        'div',
        { role: 'row', 'aria-label': label, id: `chat-message-${id}`, class: 'new-chat-message__container' },
        h(
          'div',
          { class: 'chat-item__chat-info' },
          h('span', { class: 'chat-item__sender' }, sender),
          ' to ',
          h('span', { class: 'chat-item__to' }, 'Everyone'),
          h('time', {}, time),
        ),
        h(
          'div',
          { id: `chat-message-content-${id}`, class: 'new-chat-message__text-box', 'aria-label': label },
          h('div', { class: 'chat-rtf-box__display' }, text),
        ),
      ),
    );
    this.#list.scrollTop = this.#list.scrollHeight;
  }

  #submit() {
    const text = textOf(this.#input).slice(0, LONGEST);
    if (text === '') return;
    this.#empty();
    this.#send(text);
  }

  #empty() {
    this.#input.replaceChildren(h('p', { 'data-placeholder': HINT }, h('br')));
  }
}

/** What was written: a line for each paragraph and each break. */
function textOf(editor) {
  const copy = editor.cloneNode(true);
  for (const end of copy.querySelectorAll('br')) end.replaceWith('\n');
  return [...copy.childNodes]
    .map((line) => line.textContent)
    .join('\n')
    .trim();
}
