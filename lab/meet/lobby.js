import { boot } from '../client/boot.js';
import { h, show } from '../client/dom.js';
import { iconButton, textButton } from './buttons.js';
import { deviceToggle } from './devices.js';
import { goHome } from './endings.js';
import { words } from './texts.js';

/**
 * The waiting room. As on the platform it has the buttons "Leave call" and "Return to home screen", although
 * the guest is not in a call and was not sent home. Programs that took one of them for a sign were wrong.
 */
export function showLobby(leave) {
  const [title, text] = words.lobby[boot.lobby_wording % words.lobby.length];
  const away = () => leave().then(goHome);
  show(
    'lobby',
    h(
      'main',
      { class: 'message lobby', role: 'status' },
      h('div', { class: 'spinner' }),
      h('h1', {}, title),
      h('p', {}, text),
      h(
        'div',
        { class: 'actions' },
        textButton(words.cancel, away, { class: 'button quiet' }),
        textButton(words.home, away),
      ),
    ),
    h(
      'div',
      { class: 'bar', role: 'region', 'aria-label': words.controls },
      boot.toolbar_in_lobby ? h('div', { class: 'middle' }, toolbar(), hangup(away)) : hangup(away),
    ),
  );
}

const hangup = (away) => iconButton(words.leave, 'call_end', away, { class: 'icon-button hangup' });

const toolbar = () => [
  deviceToggle('microphone', 'button'),
  deviceToggle('camera', 'button'),
  iconButton(words.present, 'present_to_all', () => {}),
  iconButton(words.more, 'more_vert', () => {}),
];

/** What is left of a lobby whose connection is dead, where the page notices: a button and no words. */
export function showEmptyLobby() {
  show(
    'empty_lobby',
    h('main', { class: 'message' }, h('div', { class: 'actions' }, textButton(words.home, goHome))),
  );
}

/** The screen between "Join now" and the call in an open meeting. */
export function showJoining() {
  show(
    'joining',
    h(
      'main',
      { class: 'message', role: 'status' },
      h('div', { class: 'spinner' }),
      h('p', {}, words.joining),
    ),
  );
}
