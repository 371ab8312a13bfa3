// The lab's imitation of the Microsoft Teams web client. Decides which screen is shown.
import { boot } from '../client/boot.js';
import { h, show } from '../client/dom.js';
import { Session } from '../client/session.js';
import { Call } from './call/call.js';
import { goToStart, showEmptyLobby, showEnding } from './endings.js';
import { avModal, modal, permissionGate } from './modals.js';
import { askPasscode } from './passcode.js';
import { Prejoin } from './prejoin.js';
import { words } from './texts.js';

/** How long the form is there before the page leaves for the platform's start page. */
const BOUNCE_AFTER_MS = 500;

const session = new Session();
let passcode = boot.passcode;
let call = null;
let guestName = '';
/** The dialog about audio and video that follows Join, which then has to be pressed again. */
let owesModal = boot.av_modal === 'after' || boot.av_modal === 'both';
const prejoin = new Prejoin({ join, leave });

async function join(name) {
  if (owesModal) {
    owesModal = false;
    await avModal();
    prejoin.say('');
    return prejoin.release();
  }
  if (boot.consent_before && !(await consents())) return prejoin.release();
  guestName = name;
  await session.knock({ name, passcode }, onEvent);
}

async function leave() {
  call?.close();
  if (session.id) await session.leave();
  showEnding('left');
}

async function onEvent(event) {
  if (event.type === 'lobby') prejoin.wait();
  else if (event.type === 'bounce') goToStart();
  else if (event.type === 'dead_lobby') loseLobby(event.shows);
  else if (event.type === 'call') await startCall(event);
  else if (event.type === 'over') end(event.why);
  else call?.handle(event);
}

/** The lobby's connection is gone: Join can be pressed again, and nothing else says so. */
function loseLobby(shows) {
  session.close();
  if (shows === 'empty') showEmptyLobby();
  else prejoin.release();
}

async function startCall({ consent, popups }) {
  call = new Call({ session, name: guestName, onLeave: leave });
  await call.open(popups);
  if (!consent) return;
  if (await consents()) await session.send('consent');
  else await leave();
}

async function consents() {
  const buttons = [words.cancel, words.ok];
  return (await modal({ title: words.consent, text: words.consent_text, buttons })) === words.ok;
}

function end(why) {
  session.close();
  call?.close();
  call = null;
  showEnding(why);
}

/** The light client may open the full one while somebody joins. Whatever was typed is lost. */
function hop() {
  const next = new URL(location.href);
  if (boot.layout !== 'light' || boot.light_hop_after_ms === null || session.id) return;
  next.searchParams.set('lightExperience', 'false');
  location.replace(next);
}

async function start() {
  if (boot.page === 'login') return location.replace(boot.login_url);
  if (boot.page === 'passcode') passcode = await askPasscode();
  else if (boot.page !== 'prejoin') return showEnding(boot.page);
  if (boot.device_gate && !(await permissionGate((screen) => show('gate', screen)))) {
    if (boot.av_modal === 'none') await avModal();
  }
  prejoin.show();
  if (boot.bounces) setTimeout(goToStart, BOUNCE_AFTER_MS);
  if (boot.light_hop_after_ms !== null) setTimeout(hop, boot.light_hop_after_ms);
  if (boot.av_modal === 'before' || boot.av_modal === 'both') await avModal();
}

// For seconds the full client has nothing in its page at all; the light one has a splash.
if (boot.layout === 'light') show('splash', h('div', { id: 'loading-screen', class: 'message' }));
setTimeout(start, boot.slow_splash_ms);
