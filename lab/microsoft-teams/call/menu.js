import { boot } from '../../client/boot.js';
import { h } from '../../client/dom.js';
import { words } from '../texts.js';

/** The menu of the More button. A menu has another one in it where organisers have captions. */
export class Menu {
  element = h('div', { class: 'menu', role: 'menu', hidden: true });
  #captions;

  /** `captions`: the pane that the menu turns on and off. */
  constructor(captions) {
    this.#captions = captions;
  }

  toggle() {
    this.element.hidden = !this.element.hidden;
    if (this.element.hidden) return;
    const incoming = item(words.incoming_off, () => this.#close(), { id: 'incoming-video-button' });
    const speech = item(words.speech, () => this.element.replaceChildren(this.#captionsItem()), {
      id: 'LanguageSpeechMenuControl-id',
      'aria-haspopup': 'menu',
    });
    const items = boot.no_captions ? [] : [boot.speech_menu ? speech : this.#captionsItem()];
    this.element.replaceChildren(incoming, ...items);
  }

  #captionsItem() {
    const off = boot.speech_menu ? words.captions_on : words.captions;
    const press = () => {
      this.#captions.toggle();
      this.#close();
    };
    return item(this.#captions.on ? words.captions_off : off, press, { id: 'closed-captions-button' });
  }

  #close() {
    this.element.hidden = true;
  }
}

const item = (text, onclick, attributes) =>
  h('div', { role: 'menuitem', tabindex: 0, class: 'item', onclick, ...attributes }, text);
