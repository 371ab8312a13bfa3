// The page of a meeting's link: it tries to open the app, and offers to go on in the browser.
import { boot } from '../client/boot.js';
import { h, show } from '../client/dom.js';
import { label } from '../client/label.js';
import { appear } from '../client/late.js';
import { words } from './texts.js';

/** The texts that its button has had over time. */
const [text, name] = words.browser[boot.variant % words.browser.length];

const button = h('button', { type: 'button', class: 'button primary', onclick: go }, text);
if (name !== text) label(button, name);

function go() {
  location.assign(boot.client_url);
}

/** Asks the browser for the app, with a prompt. Some browsers hold back all clicks until it is answered. */
function openApp() {
  document.querySelector('#app-link')?.remove();
  document.body.append(h('iframe', { id: 'app-link', src: `msteams:${boot.link}`, hidden: true }));
}

show(
  'launcher',
  appear(h('main', { class: 'message' }, h('h1', {}, words.launcher)), [
    button,
    h('button', { type: 'button', class: 'button', onclick: openApp }, words.app),
    h('a', { href: '#download' }, words.download),
  ]),
);

if (boot.opens_app) openApp();
