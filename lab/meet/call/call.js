// The call page: tiles, toolbar, side panel. All its data comes from the lab's events, and media over WebRTC
// (media.js).

import { boot } from '../../client/boot.js';
import { devices } from '../../client/devices.js';
import { h, show } from '../../client/dom.js';
import { label } from '../../client/label.js';
import { appear } from '../../client/late.js';
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
  #microphoneToggle;
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
    else if (event.type === 'reconnected') this.#reconnect(event.self_id);
    else if (event.type === 'still_there') void this.#sayStillHere();
    else if (event.type === 'unmute_request') void this.#answerUnmute();
  }

  close() {
    this.#media.close();
  }

  #show() {
    this.#peopleButton = iconButton(words.people, 'people', () => this.#togglePeople());
    show(
      'call',
      h('div', { class: 'call' }, this.#stage.element, this.#panel.element),
      appear(h('div', { class: 'bar', role: 'region', 'aria-label': words.controls }), this.#controls()),
    );
    this.#update(this.#room);
  }

  #controls() {
    let captionsOn = false;
    const captions = iconButton(words.captions_on, 'closed_caption', () => {
      captionsOn = !captionsOn;
      label(captions, captionsOn ? words.captions_off : words.captions_on);
    });
    return [
      h('span', { class: 'code' }, boot.code),
      appear(h('div', { class: 'middle' }), [
        this.#microphone(),
        deviceToggle('camera', 'button'),
        boot.no_captions ? null : captions,
        iconButton(words.present, 'present_to_all', () => {}),
        iconButton(words.more, 'more_vert', () => {}),
        iconButton(words.leave, 'call_end', this.#onLeave, { class: 'icon-button hangup' }),
      ]),
      appear(h('nav'), [
        iconButton(words.details, 'info', () =>
          this.#toggle(words.details, h('p', {}, location.origin + location.pathname)),
        ),
        boot.no_people_list ? null : this.#peopleButton,
        iconButton(words.chat, 'chat', () => this.#toggle(words.chat_title, this.#chat.element)),
      ]),
    ];
  }

  #microphone() {
    this.#microphoneToggle = deviceToggle(
      'microphone',
      'button',
      (on) => on && this.#session.send('unmuted'),
    );
    return this.#microphoneToggle;
  }

  /** Opens or closes the list of people. Where the scenario says so, it does not stay open. */
  #togglePeople() {
    const list = this.#people.element;
    this.#toggle(words.people, list);
    if (boot.list_closes_after_ms === null || !this.#panel.shows(list)) return;
    setTimeout(() => {
      if (!this.#panel.shows(list)) return;
      if (boot.list_closes_into === 'chat') this.#toggle(words.chat_title, this.#chat.element);
      else this.#panel.close();
    }, boot.list_closes_after_ms);
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
    if (!boot.no_count) label(this.#peopleButton, words.joined(everybody.length));
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

  #reconnect(selfId) {
    this.#lost = false;
    this.#self = { ...this.#self, id: selfId };
    this.#stage.isNow(this.#self);
    // After a reconnect the platform's client has further parameters in its address.
    const here = new URL(location.href);
    for (const [name, value] of Object.entries({ arjcm: '1', arra: '4', hma: '1', hmv: '1' })) {
      here.searchParams.set(name, value);
    }
    history.replaceState(null, '', here);
    this.#panel.close();
    this.#show();
  }

  async #sayStillHere() {
    const [title, text] = words.still_there;
    const buttons = [{ label: words.leave_now }, { label: words.stay, primary: true }];
    const answer = await dialog({ title, text, buttons });
    if (answer === words.stay) await this.#session.send('still-here');
    else await this.#onLeave();
  }

  async #answerUnmute() {
    const [title, text] = words.unmute_request;
    const buttons = [{ label: words.stay_muted }, { label: words.unmute, primary: true }];
    const answer = await dialog({ title, text, buttons });
    if (answer === words.unmute && !devices.microphone) this.#microphoneToggle.click();
  }

  async #popUp() {
    setTimeout(() => toast(words.muted_toast), 800);
    const [title, text] = words.differently;
    await dialog({ title, text, buttons: [{ label: words.got_it, primary: true }] });
    tip(words.tip);
  }
}
