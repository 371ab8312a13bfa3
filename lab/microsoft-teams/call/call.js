// The call page: tiles, toolbar, side panel, captions. All its data comes from the lab's events, and media over
// WebRTC.
import { boot } from '../../client/boot.js';
import { devices } from '../../client/devices.js';
import { h, show } from '../../client/dom.js';
import { appear } from '../../client/late.js';
import { Media } from '../../client/media.js';
import { toolButton } from '../controls.js';
import { deviceButton } from '../devices.js';
import { modal, toast } from '../modals.js';
import { words } from '../texts.js';
import { Captions } from './captions.js';
import { Chat } from './chat.js';
import { marks } from './marks.js';
import { Menu } from './menu.js';
import { Panel } from './panel.js';
import { Roster } from './roster.js';
import { Stage } from './stage.js';

export class Call {
  #session;
  #self;
  #onLeave;
  #room = { people: [], guests: [], speaking: [] };
  #stage = new Stage();
  #roster = new Roster();
  #captions = new Captions();
  #menu = new Menu(this.#captions);
  #panel = new Panel();
  #badge = h('span', { 'data-tid': 'toolbar-item-badge', class: 'count', 'aria-hidden': 'true' });
  #microphone;
  #media;
  #chat;
  #lost = false;

  constructor({ session, name, onLeave }) {
    this.#session = session;
    this.#self = { id: session.id, name };
    this.#onLeave = onLeave;
    this.#media = new Media(
      (signal) => session.send('signal', signal),
      (personId, stream) => this.#stage.play(personId, stream),
    );
    this.#chat = new Chat((text) => session.send('chat', { text }));
    this.#chat.note(words.invited(name));
  }

  /** Shows the call. `popups`: and the notices and dialogs that come with it. */
  async open(popups) {
    this.#show();
    if (!popups) return;
    toast(words.recording, boot.layout === 'classic' ? 'title' : 'aria-label');
    await modal({ title: words.tip, buttons: [words.ok] });
  }

  handle(event) {
    if (event.type === 'room') this.#update(event);
    else if (event.type === 'chat') this.#chat.receive(event.message);
    else if (event.type === 'caption') this.#captions.show(event.caption);
    else if (event.type === 'toast') toast(event.text);
    else if (event.type === 'signal') this.#media.handle(event.signal);
    else if (event.type === 'reconnecting') this.#loseNetwork();
    else if (event.type === 'reconnected') this.#reconnect(event.self_id);
    else if (event.type === 'still_there') void this.#sayStillHere();
    else if (event.type === 'unmute_request') void this.#answerUnmute();
  }

  close() {
    this.#media.close();
  }

  #show() {
    const bar = h('div', { class: 'toolbar', role: 'toolbar', ...marks.toolbar });
    const body = h('div', { class: 'body' }, this.#stage.element, this.#panel.element);
    show(
      'call',
      h(
        'div',
        { class: 'calling', ...marks.screen },
        appear(bar, this.#controls()),
        this.#menu.element,
        body,
        this.#captions.element,
      ),
    );
    this.#update(this.#room);
  }

  #controls() {
    const nothing = () => {};
    const people = toolButton(words.people, 'people', () => this.#togglePeople(), marks.roster);
    if (!boot.no_count) people.append(this.#badge);
    this.#microphone = deviceButton('microphone', (on) => on && this.#session.send('unmuted'));
    const chatName = boot.layout === 'classic' ? words.conversation : words.chat;
    return [
      toolButton(chatName, 'chat', () => this.#panel.toggle(words.chat, this.#chat.element), marks.chat),
      boot.no_people_list ? null : people,
      toolButton(words.raise, '↑', nothing, marks.raise),
      toolButton(words.react, '☺', nothing),
      toolButton(words.view, '▦', nothing, marks.view),
      toolButton(words.more, 'more_vert', () => this.#menu.toggle(), {
        'aria-haspopup': 'menu',
        ...marks.more,
      }),
      deviceButton('camera'),
      this.#microphone,
      toolButton(words.share, 'present_to_all', nothing, marks.share),
      toolButton(words.leave_name, 'call_end', () => this.#onLeave(), {
        class: 'tool hangup',
        ...marks.hangup,
      }),
    ];
  }

  /** Opens or closes the list of people. Where the scenario says so, it does not stay open. */
  #togglePeople() {
    const roster = this.#roster.element;
    this.#panel.toggle(words.people, roster);
    if (boot.list_closes_after_ms === null || !this.#panel.shows(roster)) return;
    setTimeout(() => {
      if (!this.#panel.shows(roster)) return;
      if (boot.list_closes_into === 'chat') this.#panel.toggle(words.chat, this.#chat.element);
      else this.#panel.close();
    }, boot.list_closes_after_ms);
  }

  #update(room) {
    this.#room = room;
    if (this.#lost) return;
    const everybody = [...room.people, ...room.guests];
    const others = everybody.filter(({ id }) => id !== this.#self.id);
    this.#stage.update(others, room.speaking);
    this.#roster.update(everybody);
    this.#badge.textContent = String(everybody.length);
  }

  #loseNetwork() {
    this.#lost = true;
    this.#media.close();
    show('reconnecting', h('main', { class: 'message', role: 'status' }, h('h1', {}, words.reconnecting)));
  }

  #reconnect(selfId) {
    this.#lost = false;
    this.#self = { ...this.#self, id: selfId };
    this.#room = { ...this.#room, guests: [] };
    this.#panel.close();
    this.#show();
  }

  async #sayStillHere() {
    const buttons = [words.leave, words.stay];
    const answer = await modal({ title: words.still_there, text: words.still_there_text, buttons });
    if (answer === words.stay) await this.#session.send('still-here');
    else await this.#onLeave();
  }

  async #answerUnmute() {
    const answer = await modal({
      title: words.unmute_request,
      buttons: [words.stay_muted, words.unmute_now],
    });
    if (answer === words.unmute_now && !devices.microphone) this.#microphone.click();
  }
}
