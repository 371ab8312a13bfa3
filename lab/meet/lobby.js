import { h, iconButton, show, textButton } from './dom.js';
import { goHome } from './endings.js';
import { boot, words } from './texts.js';

/**
 * The waiting room. It has a "Leave call" button and "Return to home screen"
 * although nobody is in a call or was sent home: so it is on the platform, and
 * programs that took either for a sign were wrong.
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
      iconButton(words.leave, 'call_end', away, { class: 'icon-button hangup' }),
    ),
  );
}

/** Between an open meeting's "Join now" and the call. */
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
