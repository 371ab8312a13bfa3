// The page of an invitation's link: it tries the app, and offers the browser.
import { boot } from '../client/boot.js';
import { h, show } from '../client/dom.js';
import { zmButton } from './dom.js';

/** Shows "Launch Meeting", and asks the machine for the app at once, as the platform does. */
export function showLauncher() {
  document.title = 'Launch Meeting - Zoom';
  const link = h('p', { class: 'launcher__browser' });
  const offerBrowser = () => {
    if (!boot.browser_link) return;
    link.replaceChildren(
      'Having issues with Zoom Client? ',
      h('a', { role: 'button', tabindex: 0, href: boot.client_path }, 'Join from your browser'),
    );
  };
  const launch = () => {
    tryApp();
    offerBrowser();
  };
  show(
    'launcher',
    h(
      'main',
      { class: 'launcher' },
      h('h1', {}, 'Click Open Zoom Meetings on the dialog shown by your browser'),
      h('p', {}, "If you don't see a dialog, click Launch Meeting below"),
      h('p', { class: 'launcher__terms' }, 'By joining a meeting, you agree to our Terms of Service'),
      zmButton('Launch Meeting', launch, { class: 'zm-btn--primary' }),
      h(
        'p',
        {},
        "Don't have Zoom Client installed? ",
        zmButton('Download Now', offerBrowser, { class: 'zm-btn--link' }),
      ),
      link,
    ),
  );
  tryApp();
  offerBrowser();
}

/** Opens the app's address. A browser that knows no such app stays on this page, perhaps with a question. */
function tryApp() {
  const address = `zoommtg:${boot.app_query}`;
  if (boot.opens_app === 'page') location.assign(address);
  if (boot.opens_app !== 'frame') return;
  const frame = h('iframe', { class: 'unseen', title: 'Zoom', src: address });
  document.body.append(frame);
  setTimeout(() => frame.remove(), 1_000);
}
