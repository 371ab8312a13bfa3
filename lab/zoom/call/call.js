// The call: pictures, toolbar, panes, dialogs. All its data comes from the lab's events, and media over WebRTC.
import { boot } from '../../client/boot.js';
import { devices } from '../../client/devices.js';
import { h, show } from '../../client/dom.js';
import { label } from '../../client/label.js';
import { Media } from '../../client/media.js';
import { svgIcon } from '../dom.js';
import { askConsent, closeModals, modal, note, showTips } from '../modals.js';
import { CallSound } from '../sound.js';
import { showJoining } from '../waiting.js';
import { words } from '../words.js';
import { audioDialog } from './audio-dialog.js';
import { Chat } from './chat.js';
import { deviceButton, Footer, footerButton, leaveButton } from './footer.js';
import { Pane } from './pane.js';
import { Participants } from './participants.js';
import { Stage } from './stage.js';

export class Call {
  #session;
  #selfId;
  #onLeave;
  #room = { people: [], guests: [], speaking: [] };
  #stage;
  #media;
  #sound = new CallSound();
  #chat;
  #participants = new Participants();
  #pane = new Pane((content) => this.#paneChanged(content));
  #footer = null;
  #buttons = {};
  #microphone = () => deviceButton('microphone', (on) => on && this.#session.send('unmuted'));
  #lost = false;
  #listTimer = null;

  constructor({ session, onLeave }) {
    this.#session = session;
    this.#selfId = session.id;
    this.#onLeave = onLeave;
    this.#stage = new Stage(() => this.#selfId);
    this.#media = new Media(
      (signal) => session.send('signal', signal),
      (owner, stream) => this.#receive(owner, stream),
    );
    this.#chat = new Chat((text) => session.send('chat', { text }));
  }

  /** Shows the call, then dialogs one after the other, consent first. */
  async open({ consent, popups }) {
    if (boot.join_audio === 'automatic') this.#sound.join();
    this.#show();
    if (consent) {
      if (!(await askConsent())) return this.#onLeave();
      await this.#session.send('consent');
    }
    if (popups) showTips();
  }

  async handle(event) {
    if (event.type === 'room') this.#update(event);
    else if (event.type === 'chat') this.#chat.receive(event.message, this.#session.id);
    else if (event.type === 'toast') note(event.text);
    else if (event.type === 'signal') this.#media.handle(event.signal);
    else if (event.type === 'reconnecting') this.#loseNetwork();
    else if (event.type === 'reconnected') this.#reconnect(event);
    else if (event.type === 'still_there') await this.#askStillThere();
    else if (event.type === 'unmute_request') await this.#askUnmute();
  }

  close() {
    clearTimeout(this.#listTimer);
    this.#media.close();
    this.#sound.close();
    this.#footer?.close();
  }

  #show() {
    this.#footer?.close();
    this.#footer = new Footer(this.#footerButtons());
    show(
      'call',
      h(
        'div',
        { class: 'meeting-app' },
        h('div', { class: 'meeting-client' }, this.#stage.element, this.#pane.element),
        this.#sound.joined ? null : audioDialog(() => this.#joinAudio()),
        this.#footer.home,
      ),
    );
    this.#update(this.#room);
  }

  #footerButtons() {
    const counter = h('span', { class: 'footer-button__number-counter' });
    const participants = footerButton({
      name: 'open the participants list pane',
      caption: 'Participants',
      icon: svgIcon('people'),
      onclick: () => this.#pane.toggle(this.#participants.element),
    });
    const chat = footerButton({
      name: 'open the chat panel',
      caption: 'Chat',
      icon: svgIcon('chat'),
      onclick: () => this.#pane.toggle(this.#chat.element),
    });
    const noList = h('div', { class: 'footer-button__button' }, svgIcon('people'));
    (boot.no_people_list ? noList : participants).append(counter);
    this.#buttons = { counter, participants, chat };
    return [
      this.#sound.joined ? this.#microphone() : null,
      deviceButton('camera'),
      boot.no_people_list ? noList : participants,
      chat,
      footerButton({
        name: 'Share Screen',
        caption: 'Share Screen',
        icon: svgIcon('share'),
        onclick: () => {},
      }),
      leaveButton(this.#onLeave),
    ];
  }

  #update(room) {
    this.#room = room;
    if (this.#lost) return;
    const everybody = [...room.people, ...room.guests];
    this.#stage.update(everybody, room.speaking);
    this.#participants.update({ ...room, selfId: this.#selfId });
    const { length } = everybody;
    this.#buttons.counter.textContent = boot.layout === 'older' ? `${length} participants` : String(length);
    this.#buttons.counter.hidden = boot.no_count;
    if (boot.no_count) this.#buttons.counter.textContent = '';
  }

  #paneChanged(content) {
    clearTimeout(this.#listTimer);
    const open = (one) => (content === one ? 'close' : 'open');
    const { participants, chat } = this.#buttons;
    label(participants, `${open(this.#participants.element)} the participants list pane`);
    label(chat, `${open(this.#chat.element)} the chat panel`);
    if (content !== this.#participants.element || boot.list_closes_after_ms === null) return;
    const next = boot.list_closes_into === 'chat' ? this.#chat.element : null;
    this.#listTimer = setTimeout(() => this.#pane.show(next), boot.list_closes_after_ms);
  }

  #receive(owner, stream) {
    if (stream.getAudioTracks().length > 0) this.#sound.receive(stream);
    if (stream.getVideoTracks().length > 0) this.#stage.play(owner, stream);
  }

  #joinAudio() {
    this.#sound.join();
    this.#footer.element.prepend(this.#microphone());
  }

  #loseNetwork() {
    this.#lost = true;
    this.#media.close();
    this.#sound.close();
    this.#footer?.close();
    closeModals();
    showJoining(words.connecting);
  }

  #reconnect({ self_id }) {
    this.#lost = false;
    this.#selfId = self_id;
    this.#pane.show(null);
    this.#show();
  }

  async #askStillThere() {
    const answer = await modal({ title: words.still_there, buttons: ['Stay', 'Leave Meeting'] });
    if (answer === 'Stay') await this.#session.send('still-here');
    else await this.#onLeave();
  }

  async #askUnmute() {
    const answer = await modal({ title: words.unmute, buttons: ['Unmute', 'Stay Muted'] });
    if (answer === 'Unmute' && !devices.microphone) {
      this.#footer.element.querySelector('.footer-button__microphone').click();
    }
  }
}
