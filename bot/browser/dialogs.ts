// Dialogs that a page opens over itself, with nobody there to close them.
//
// alert, confirm, prompt and print: the sandbox (guard.ts) ignores them, but it writes a line to the console
// for each, and a page that calls them without end has the browser do nothing else. So the calls end in the
// page, and a count of them is in the log. The question whether to open a link in another program (mailto:,
// zoommtg:) comes from the browser: the navigation is cancelled before. The choice of a file is taken over
// and never answered.
import type { Log } from '../log.ts';
import type { PagePort } from './page-port.ts';

const NOTE = 'meeboter: dialogs ignored: ';

/** Prevents the dialogs of all documents that the page opens from now on. */
export async function preventDialogs(page: PagePort, log: Pick<Log, 'info'>): Promise<void> {
  page.onConsole((text) => {
    if (text.startsWith(NOTE)) log.info('dialogs_ignored', { count: Number(text.slice(NOTE.length)) });
  });
  const devTools = await page.devTools();
  devTools.on('Page.fileChooserOpened', () => log.info('file_chooser_ignored'));
  await devTools.send('Page.enable');
  await devTools.send('Page.setInterceptFileChooserDialog', { enabled: true });
  await page.addInitScript(preventInPage, NOTE);
}

/** Runs in the page. The count is told at 1, 10, 100 and so on. */
function preventInPage(note: string): void {
  const answers = { alert: undefined, confirm: false, prompt: null, print: undefined };
  let calls = 0;
  let next = 1;
  for (const [name, value] of Object.entries(answers)) {
    const ignore = () => {
      calls += 1;
      if (calls === next) {
        next *= 10;
        console.debug(note + calls);
      }
      return value;
    };
    Object.defineProperty(window, name, {
      value: ignore,
      configurable: true,
      enumerable: true,
      writable: true,
    });
  }
  navigation.addEventListener('navigate', (event) => {
    const { protocol } = new URL(event.destination.url);
    if (!['http:', 'https:', 'about:', 'blob:', 'data:'].includes(protocol)) event.preventDefault();
  });
}
