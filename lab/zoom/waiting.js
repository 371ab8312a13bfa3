// Between Join and the call: the spinner, and the waiting room, which looks like a call in places.
import { boot } from '../client/boot.js';
import { h, show } from '../client/dom.js';
import { lobbyToolbar } from './call/footer.js';
import { zmButton } from './dom.js';
import { micPreview } from './sound.js';
import { waitingWords, words } from './words.js';

/** "Joining Meeting…". The call's picture is mounted already, and empty. */
export function showJoining(text = words.joining) {
  show(
    'joining',
    h(
      'div',
      { class: 'joining', role: 'status' },
      h('div', { id: 'video-share-layout' }, h('video-player', {})),
      h('div', { class: 'spinner' }),
      h('span', {}, text),
    ),
  );
}

/** The waiting room, inside of what is the call's element later. `leave` is called by its button. */
export function showWaitingRoom(leave) {
  const [title, text] = waitingWords();
  show(
    'waiting_room',
    h(
      'div',
      { class: 'meeting-app' },
      h(
        'main',
        { class: 'waiting-room', role: 'status' },
        h('h1', {}, title),
        text ? h('p', {}, text) : null,
        zmButton('Leave', leave, { class: 'zm-btn--default' }),
      ),
      micPreview(),
      boot.toolbar_in_lobby ? lobbyToolbar(leave) : null,
    ),
  );
}

/** What is left of a waiting room whose connection is dead: a button, and no words. */
export function showEmptyWaitingRoom(leave) {
  show(
    'waiting_room',
    h(
      'div',
      { class: 'meeting-app' },
      h('main', { class: 'waiting-room' }, zmButton('Leave', leave, { class: 'zm-btn--default' })),
    ),
  );
}
