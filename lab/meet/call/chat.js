import { h } from '../../client/dom.js';
import { iconButton } from '../buttons.js';
import { words } from '../texts.js';

/** The chat of the call. Messages go to the lab and come back from it as events. */
export class Chat {
  element = h('div', { class: 'chat' });
  #list = h('div', { class: 'lines', 'aria-live': 'polite' });
  #input;

  constructor(send) {
    this.#input = h('textarea', {
      'aria-label': words.send_hint,
      placeholder: words.send_hint,
      rows: 1,
      maxlength: 500,
      onkeydown: (event) => {
        if (event.key !== 'Enter' || event.shiftKey) return;
        event.preventDefault();
        submit();
      },
    });
    const submit = () => {
      const text = this.#input.value.trim();
      if (text === '') return;
      this.#input.value = '';
      send(text);
    };
    const button = iconButton(words.send, 'send', submit);
    this.element.append(this.#list, h('div', { class: 'write' }, this.#input, button));
  }

  receive({ id, from, guest_id, text, at }, selfId) {
    const time = new Date(at).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
    const sender = guest_id === selfId ? words.you : from;
    this.#list.append(
      h(
        'div',
        { 'data-message-id': id },
        h('div', { class: 'from' }, h('span', {}, sender), ' ', h('time', {}, time)),
        h('div', { class: 'text' }, text),
      ),
    );
    this.#list.scrollTop = this.#list.scrollHeight;
  }

  /** Shows a message over the call while the chat panel is closed. */
  announce({ from, text }) {
    const bubble = h('div', { class: 'bubble', role: 'status' }, h('strong', {}, from), ` ${text}`);
    document.querySelector('#app').append(bubble);
    setTimeout(() => bubble.remove(), 4000);
  }
}
