import { accessSync, constants } from 'node:fs';
import { type Browser, chromium } from 'playwright';

const USUAL_PATHS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

const isExecutable = (path: string) => {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

/** The path of the Chromium to run: the given one, otherwise the first that is installed. Throws when there is none. */
export function findChromium(given?: string): string {
  const candidates = given ? [given] : USUAL_PATHS;
  const found = candidates.find(isExecutable);
  if (found) return found;
  throw new Error(
    `the lab found no Chromium for the simulated people (looked at ${candidates.join(', ')}): install it, or pass chromiumPath`,
  );
}

/** Starts the browser that plays the simulated people: without a window, a sound device or requests to its vendor. */
export function launchFarEnd(executablePath: string): Promise<Browser> {
  return chromium.launch({
    executablePath,
    // On Ctrl-C the lab closes the browser. Playwright must not do that at the same time.
    handleSIGINT: false,
    handleSIGTERM: false,
    handleSIGHUP: false,
    args: [
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--no-first-run',
      '--disable-quic',
      '--disable-gpu',
      '--mute-audio',
      '--autoplay-policy=no-user-gesture-required',
      // Guests must get addresses that work without mDNS, also on a machine whose only network is loopback.
      '--disable-features=WebRtcHideLocalIpsWithMdns',
      '--allow-loopback-in-peer-connection',
      // Otherwise Chromium slows down a page that nobody looks at.
      '--disable-background-timer-throttling',
      '--disable-renderer-backgrounding',
      '--disable-backgrounding-occluded-windows',
    ],
  });
}
