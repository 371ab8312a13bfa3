// The lab's imitation of the Zoom web client. Decides which screen is shown.
import { boot } from '../client/boot.js';
import { h, show } from '../client/dom.js';
import { Session } from '../client/session.js';
import { Call } from './call/call.js';
import { askPermissions, askTerms, showCookieBanner } from './gates.js';
import { showLauncher } from './launcher.js';
import { leaveForGood, showMessage } from './messages.js';
import { askConsent, closeModals, modal, tellEnded } from './modals.js';
import { showPreview } from './preview.js';
import { showEmptyWaitingRoom, showJoining, showWaitingRoom } from './waiting.js';
import { words } from './words.js';

/** How long the platform shows why a meeting is over before it goes to the page after it. */
const ENDING_MS = 10_000;

/** How long the form is shown before the page goes to the platform's start page. */
const BOUNCE_AFTER_MS = 500;

const session = new Session();
let call = null;
let guest = null;

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Joins as the preview asks. Throws what the preview shows. */
async function join({ name, passcode }) {
  guest = { name, passcode: boot.asks_passcode ? passcode : boot.passcode };
  if (boot.asks_passcode && !(await isRight(passcode))) throw new Error(words.wrong_passcode);
  if (boot.consent_before && !(await askConsent())) return leaveForGood();
  await knock();
}

async function knock() {
  showJoining();
  await pause(boot.joining_ms);
  if (boot.hangs) return;
  if (boot.full) return showMessage('full');
  try {
    await session.knock(guest, onEvent);
  } catch (cause) {
    // The lab itself cannot: no browser for its people, or too many guests.
    show('failure', h('main', { class: 'message' }, h('h1', {}, cause.message)));
  }
}

async function isRight(passcode) {
  const body = JSON.stringify({ passcode });
  const headers = { 'content-type': 'application/json' };
  return (await fetch(`/lab/guest/${boot.code}/passcode`, { method: 'POST', headers, body })).ok;
}

async function leave() {
  call?.close();
  await session.leave();
  leaveForGood();
}

async function onEvent(event) {
  if (event.type === 'lobby') showWaitingRoom(leave);
  else if (event.type === 'dead_lobby') loseLobby(event.shows);
  else if (event.type === 'bounce') goToStart();
  else if (event.type === 'call') await startCall(event);
  else if (event.type === 'over') await end(event.why);
  else await call?.handle(event);
}

function loseLobby(shows) {
  session.close();
  if (shows === 'empty') showEmptyWaitingRoom(leaveForGood);
}

async function startCall({ consent, popups }) {
  call = new Call({ session, name: guest.name, onLeave: leave });
  await call.open({ consent, popups });
}

/** Shows why there is no call, or no call any more. */
async function end(why) {
  session.close();
  call?.close();
  call = null;
  closeModals();
  if (why === 'no_response') return showMessage('network');
  if (why === 'idle') return leaveForGood();
  if (showMessage(why)) return;
  show('over', h('div', { class: 'meeting-app' }));
  const told = why === 'ended' ? tellEnded() : modal({ title: words[why], buttons: ['OK'] });
  await Promise.race([told, pause(ENDING_MS)]);
  leaveForGood();
}

/** The platform's start page, which opens instead of the meeting without a word. */
const goToStart = () => window.top.location.assign('/join');

async function startClient() {
  document.title = 'Zoom Meeting';
  if (boot.cookie_banner) showCookieBanner();
  if (boot.terms !== 'none') await askTerms(boot.terms);
  showPreview(join);
  if (boot.bounces) setTimeout(goToStart, BOUNCE_AFTER_MS);
  await askPermissions();
}

/** The page around the client, where the client is in a frame. */
function showFrame() {
  document.title = 'Zoom Meeting';
  const inside = new URL(location.href);
  inside.searchParams.set('fromPWA', '1');
  inside.searchParams.set('iframe', '1');
  const mark = boot.frame === 'webclient' ? { id: 'webclient' } : { class: 'pwa-webclient__iframe' };
  const allow = 'microphone; camera; autoplay';
  show('frame', h('iframe', { ...mark, title: 'Zoom', allow, src: inside.href }));
}

async function start() {
  if (boot.page === 'launcher') showLauncher();
  else if (boot.page === 'frame') showFrame();
  else if (boot.page === 'prejoin') await startClient();
  else showMessage(boot.page);
}

setTimeout(start, boot.slow_splash_ms);
