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

/** The Chromium to run: the given one, else the first that is installed. Throws when there is none. */
export function findChromium(given?: string): string {
  const candidates = given ? [given] : USUAL_PATHS;
  const found = candidates.find(isExecutable);
  if (found) return found;
  throw new Error(
    `the lab found no Chromium for the simulated people (looked at ${candidates.join(', ')}): install it, or pass chromiumPath`,
  );
}

/** Starts the browser that plays the simulated people: no window, no sound device, no calls home. */
export function launchFarEnd(executablePath: string): Promise<Browser> {
  return chromium.launch({
    executablePath,
    // Whoever started the lab closes it; Playwright must not race that on Ctrl-C.
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
      // Guests must get addresses they can reach without mDNS, and without any network but loopback.
      '--disable-features=WebRtcHideLocalIpsWithMdns',
      '--allow-loopback-in-peer-connection',
      // People who are not looked at must not slow down.
      '--disable-background-timer-throttling',
      '--disable-renderer-backgrounding',
      '--disable-backgrounding-occluded-windows',
    ],
  });
}
