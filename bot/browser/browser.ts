// The browser a meeting is attended with: headed on the bot's own display, since grabbing the display
// costs far less than any capture inside the page. What a page can make it do is bounded here:
//
//   where it connects     outbound.ts: the public internet and the meeting's own origins
//   where the page goes   guard.ts: the meeting's origins, and no windows, downloads or dialogs
//   what it may ask for   preferences.ts: nothing but the microphone and camera, which are fakes
//   what it may store     200 MB, and 2 GB of memory for scripts: beyond that the page crashes
import { join } from 'node:path';
import { chromium, type Page } from 'playwright';
import { settledWithin } from '../clock.ts';
import type { Log } from '../log.ts';
import type { Display } from '../recorder/display.ts';
import { guardNavigation, type NavigationGuard } from './guard.ts';
import { openOutbound } from './outbound.ts';
import { writePreferences } from './preferences.ts';
import { writeSilence } from './silence.ts';

const LAUNCH_MS = 30_000;
const CLOSE_MS = 5_000;

/** Protections against pages that flood the browser, which the driver library switches off. */
const LEFT_TO_CHROMIUM = ['--disable-popup-blocking', '--disable-ipc-flooding-protection'];

const FEATURES = [
  // The driver library's own; this flag replaces the one it sets.
  ...['CDPScreenshotNewSurface', 'SkipListAccountsWithoutGaiaCookies'],
  // For everything that pages store on disk. The default is a share of the disk.
  `StorageQuotaSettings:PoolSizeBytes/${200 * 1024 * 1024}`,
];

export interface Browser {
  page: Page;
  guard: NavigationGuard;
  close(): Promise<void>;
}

export interface BrowserOptions {
  chromiumPath: string;
  folder: string;
  display: Display;
  env: Record<string, string>;
  allowedOrigins: readonly string[];
  /** Plays into the sound server that `env` names. Without, the browser plays into nothing. */
  sound: boolean;
  log: Log;
  /** The browser or its page crashed, or was closed by somebody else. */
  onGone: (what: string) => void;
}

/** Starts Chromium with one page that fills the display. */
export async function openBrowser(options: BrowserOptions): Promise<Browser> {
  const { chromiumPath, folder, display, env, allowedOrigins, sound, log, onGone } = options;
  const profile = join(folder, 'profile');
  await writePreferences(profile);
  const outbound = await openOutbound({ allowedOrigins, log });
  const context = await chromium
    .launchPersistentContext(profile, {
      executablePath: chromiumPath,
      headless: false,
      chromiumSandbox: process.getuid?.() !== 0,
      viewport: null,
      locale: 'en-US',
      acceptDownloads: false,
      env: { ...env, DISPLAY: display.name, LANGUAGE: 'en_US' },
      timeout: LAUNCH_MS,
      ignoreDefaultArgs: [...LEFT_TO_CHROMIUM, ...(sound ? ['--mute-audio'] : [])],
      args: [
        ...flags(display, await writeSilence(folder), outbound.url),
        ...(sound ? [] : ['--disable-audio-output']),
      ],
      // A signal is the bot's to answer: in the meeting, in order.
      handleSIGINT: false,
      handleSIGTERM: false,
      handleSIGHUP: false,
    })
    .catch(async (error: unknown) => {
      await outbound.close();
      throw error;
    });
  let closing = false;
  const gone = (what: string) => {
    if (!closing) onGone(what);
  };
  context.on('close', () => gone('the browser was closed'));
  for (const origin of allowedOrigins) {
    await context.grantPermissions(['microphone', 'camera'], { origin });
  }
  const page = context.pages()[0] ?? (await context.newPage());
  page.on('crash', () => gone('the page crashed'));
  page.on('close', () => gone('the page was closed'));
  const guard = guardNavigation(page, allowedOrigins, log);
  await guard.install();
  return {
    page,
    guard,
    async close() {
      closing = true;
      await settledWithin(context.close(), CLOSE_MS);
      await outbound.close();
    },
  };
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
    `--enable-features=${FEATURES.join(',')}`,
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
