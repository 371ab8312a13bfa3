// The lab's imitation of the Meet web client. Decides which screen is shown.

import { boot } from '../client/boot.js';
import { Session } from '../client/session.js';
import { Call } from './call/call.js';
import { goToStart, showEnding, showSignIn, showSplash, showStart } from './endings.js';
import { showEmptyLobby, showJoining, showLobby } from './lobby.js';
import { showPrejoin } from './prejoin.js';

const session = new Session();
let call = null;
let guestName = '';

async function leave() {
  call?.close();
  await session.leave();
}

async function knock(name) {
  guestName = name;
  await session.knock({ name }, onEvent);
}

async function onEvent(event) {
  if (event.type === 'lobby') showLobby(leave);
  else if (event.type === 'call') await startCall(event);
  else if (event.type === 'over') end(event.why);
  else if (event.type === 'bounce') goToStart();
  else if (event.type === 'dead_lobby') loseLobby(event.shows);
  else call?.handle(event);
}

/** The lobby's connection is gone. Its words stay, unless the page shows an empty one. */
function loseLobby(shows) {
  session.close();
  if (shows === 'empty') showEmptyLobby();
}

async function startCall({ consent, popups }) {
  call = new Call({
    session,
    name: guestName,
    onLeave: async () => {
      await leave();
      showEnding('left');
    },
  });
  await call.open({ consent, popups });
}

function end(why) {
  session.close();
  call?.close();
  call = null;
  showEnding(why);
}

async function start() {
  if (boot.page === 'sign_in') return showSignIn();
  if (boot.page === 'start') return showStart();
  if (boot.page !== 'prejoin') return showEnding(boot.page);
  await showPrejoin(async (name) => {
    await knock(name);
    if (boot.access === 'open' && !call) showJoining();
  });
}

showSplash();
setTimeout(start, boot.slow_splash_ms);
