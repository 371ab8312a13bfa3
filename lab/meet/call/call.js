// The call page: tiles, toolbar, side panel. All its data comes from the lab's events, and media over WebRTC
// (media.js).

import { boot } from '../../client/boot.js';
import { h, show } from '../../client/dom.js';
import { Media } from '../../client/media.js';
import { iconButton } from '../buttons.js';
import { deviceToggle } from '../devices.js';
import { consentDialog, dialog, tip, toast } from '../dialogs.js';
import { words } from '../texts.js';
import { Chat } from './chat.js';
import { Panel } from './panel.js';
import { peopleList } from './people.js';
import { Stage } from './stage.js';

export class Call {
  #session;
  #self;
  #onLeave;
  #room = { people: [], guests: [], speaking: [] };
  #stage;
  #media;
  #chat;
  #panel = new Panel();
  #people = peopleList();
  #peopleButton;
  #lost = false;

  constructor({ session, name, onLeave }) {
    this.#session = session;
    this.#self = { id: session.id, name };
    this.#onLeave = onLeave;
    this.#stage = new Stage(this.#self);
    this.#media = new Media(
      (signal) => session.send('signal', signal),
      (personId, stream) => this.#stage.play(personId, stream),
    );
    this.#chat = new Chat((text) => session.send('chat', { text }));
  }

  /** Shows the call, then dialogs one after the other, consent first. */
  async open({ consent, popups }) {
    this.#show();
    if (consent) {
      const accepted = await consentDialog();
      if (!accepted) return this.#onLeave();
      await this.#session.send('consent');
    }
    if (popups) await this.#popUp();
  }

  handle(event) {
    if (event.type === 'room') this.#update(event);
    else if (event.type === 'chat') this.#receive(event.message);
    else if (event.type === 'toast') toast(event.text);
    else if (event.type === 'signal') this.#media.handle(event.signal);
    else if (event.type === 'reconnecting') this.#loseNetwork();
    else if (event.type === 'reconnected') this.#reconnect();
  }

  close() {
    this.#media.close();
  }

  #show() {
    this.#peopleButton = iconButton(words.people, 'people', () =>
      this.#toggle(words.people, this.#people.element),
    );
    show(
      'call',
      h('div', { class: 'call' }, this.#stage.element, this.#panel.element),
      h('div', { class: 'bar', role: 'region', 'aria-label': words.controls }, this.#controls()),
    );
    this.#update(this.#room);
  }

  #controls() {
    const captions = iconButton(words.captions_on, 'closed_caption', () => {
      const on = captions.getAttribute('aria-label') === words.captions_on;
      captions.setAttribute('aria-label', on ? words.captions_off : words.captions_on);
    });
    return [
      h('span', { class: 'code' }, boot.code),
      h(
        'div',
        { class: 'middle' },
        deviceToggle('microphone', 'button'),
        deviceToggle('camera', 'button'),
        captions,
        iconButton(words.present, 'present_to_all', () => {}),
        iconButton(words.more, 'more_vert', () => {}),
        iconButton(words.leave, 'call_end', this.#onLeave, { class: 'icon-button hangup' }),
      ),
      h(
        'nav',
        {},
        iconButton(words.details, 'info', () =>
          this.#toggle(words.details, h('p', {}, location.origin + location.pathname)),
        ),
        this.#peopleButton,
        iconButton(words.chat, 'chat', () => this.#toggle(words.chat_title, this.#chat.element)),
      ),
    ];
  }

  #toggle(title, content) {
    document.querySelector('.bubble')?.remove();
    this.#panel.toggle(title, content);
  }

  #update(room) {
    this.#room = room;
    if (this.#lost) return;
    const everybody = [...room.people, ...room.guests];
    this.#stage.update(everybody, room.speaking);
    this.#people.update(everybody, this.#self.id);
    this.#peopleButton.setAttribute('aria-label', words.joined(everybody.length));
  }

  #receive(message) {
    this.#chat.receive(message, this.#self.id);
    if (!this.#lost && !this.#panel.shows(this.#chat.element)) this.#chat.announce(message);
  }

  #loseNetwork() {
    this.#lost = true;
    this.#media.close();
    show(
      'reconnecting',
      h(
        'main',
        { class: 'message', role: 'status' },
        h('div', { class: 'spinner' }),
        h('h1', {}, words.reconnecting[0]),
      ),
    );
  }

  #reconnect() {
    this.#lost = false;
    // After a reconnect the platform's client has further parameters in its address.
    const here = new URL(location.href);
    for (const [name, value] of Object.entries({ arjcm: '1', arra: '4', hma: '1', hmv: '1' })) {
      here.searchParams.set(name, value);
    }
    history.replaceState(null, '', here);
    this.#panel.close();
    this.#show();
  }

  async #popUp() {
    setTimeout(() => toast(words.muted_toast), 800);
    const [title, text] = words.differently;
    await dialog({ title, text, buttons: [{ label: words.got_it, primary: true }] });
    tip(words.tip);
  }
}
