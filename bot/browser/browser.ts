// The browser a meeting is attended with: headed on the bot's own display, since grabbing the display
// costs far less than any capture inside the page. What a page can make it do is bounded here:
//
//   where it connects     outbound.ts: the public internet and the meeting's own origins
//   where the page goes   guard.ts: the meeting's origins, and no windows, downloads or dialogs
//   what it may ask for   preferences.ts: nothing but the microphone and camera, which are fakes
//   what it may store     200 MB, and 2 GB of memory for scripts: beyond that the page crashes
//
// Two libraries can drive it; the meeting platform's driver says which.
import { join } from 'node:path';
import { settledWithin } from '../clock.ts';
import type { Log } from '../log.ts';
import type { Display } from '../recorder/display.ts';
import { guardNavigation, type NavigationGuard } from './guard.ts';
import type { LaunchedBrowser, LaunchOptions } from './launch.ts';
import { openOutbound } from './outbound.ts';
import type { PagePort } from './page-port.ts';
import { writePreferences } from './preferences.ts';
import { writeSilence } from './silence.ts';

const LAUNCH_MS = 30_000;
const CLOSE_MS = 5_000;

/** Protections against pages that flood the browser, which the libraries switch off. */
const LEFT_TO_CHROMIUM = ['--disable-popup-blocking', '--disable-ipc-flooding-protection'];

/** For everything that pages store on disk. The default is a share of the disk. */
const QUOTA = `StorageQuotaSettings:PoolSizeBytes/${200 * 1024 * 1024}`;

/** What a meeting platform needs of its browser. Known before the browser starts. */
export interface BrowserNeeds {
  library: 'playwright' | 'puppeteer';
  /** What the meeting's origins may use without asking, in the words of the browser's protocol. */
  permissions: readonly ('audioCapture' | 'videoCapture')[];
  /** Flags of Chromium beside the common ones. */
  flags: readonly string[];
}

export interface Browser {
  page: PagePort;
  guard: NavigationGuard;
  close(): Promise<void>;
}

export interface BrowserOptions {
  needs: BrowserNeeds;
  chromiumPath: string;
  folder: string;
  display: Display;
  env: Record<string, string>;
  /** Origins, or `https://*.domain` for all hosts of a domain. */
  allowedOrigins: readonly string[];
  /** Plays into the sound server that `env` names. Without, the browser plays into nothing. */
  sound: boolean;
  log: Log;
  /** The browser or its page crashed, or was closed by somebody else. */
  onGone: (what: string) => void;
}

/** Starts Chromium with one page that fills the display. */
export async function openBrowser(options: BrowserOptions): Promise<Browser> {
  const { needs, chromiumPath, folder, display, env, allowedOrigins, sound, log, onGone } = options;
  const profile = join(folder, 'profile');
  await writePreferences(profile);
  const outbound = await openOutbound({ allowedOrigins, log });
  const silence = await writeSilence(folder);
  let closing = false;
  const gone = (what: string) => {
    if (!closing) onGone(what);
  };
  const launch = await loadLibrary(needs.library);
  const launched = await launch({
    chromiumPath,
    profile,
    env: { ...env, DISPLAY: display.name, LANGUAGE: 'en_US' },
    sandbox: process.getuid?.() !== 0,
    timeoutMs: LAUNCH_MS,
    flags: (features) => [
      ...flags(display, silence, outbound.url),
      ...needs.flags,
      `--enable-features=${[...features, QUOTA].join(',')}`,
      ...(sound ? [] : ['--disable-audio-output']),
    ],
    withoutFlags: [...LEFT_TO_CHROMIUM, ...(sound ? ['--mute-audio'] : [])],
    onClosed: () => gone('the browser was closed'),
  }).catch(async (error: unknown) => {
    await outbound.close();
    throw error;
  });
  const { page } = launched;
  const close = async () => {
    closing = true;
    await settledWithin(launched.close(), CLOSE_MS);
    await outbound.close();
  };
  try {
    page.onCrash(() => gone('the page crashed'));
    page.onClose(() => gone('the page was closed'));
    const devTools = await page.devTools();
    // To all origins: the page opens no others (guard.ts), and the devices are fakes.
    await devTools.send('Browser.grantPermissions', { permissions: needs.permissions });
    const guard = guardNavigation(page, allowedOrigins, log);
    await guard.install();
    return { page, guard, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Loads what drives the browser. Each library is loaded when it is needed: it takes its time (0.3 s), and memory. */
export async function loadLibrary(
  library: BrowserNeeds['library'],
): Promise<(options: LaunchOptions) => Promise<LaunchedBrowser>> {
  if (library === 'playwright') return (await import('./playwright.ts')).launchPlaywright;
  return (await import('./puppeteer.ts')).launchPuppeteer;
}

function flags(display: Display, silence: string, proxy: string): string[] {
  return [
    // No window manager: kiosk fills the display. It comes out one pixel short, so ask for one more.
    '--kiosk',
    '--window-position=0,0',
    `--window-size=${display.width + 1},${display.height + 1}`,
    '--lang=en-US',
    '--autoplay-policy=no-user-gesture-required',
    // No real microphone or camera, and should a page ever turn one on, it hears silence.
    '--use-fake-ui-for-media-stream',
    '--use-fake-device-for-media-stream',
    `--use-file-for-fake-audio-capture=${silence}`,
    // Everything goes through the bot's own server, what is meant for this machine too.
    `--proxy-server=${proxy}`,
    '--proxy-bypass-list=<-loopback>',
    '--js-flags=--max-old-space-size=2048',
    // The cache of a browser that opens one page is of no use.
    '--disk-cache-size=1',
    // It would keep trying to reach the internet for its own purposes.
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    '--no-first-run',
    '--disable-quic',
  ];
}
