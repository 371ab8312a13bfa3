// The browser a meeting is attended with: headed on the bot's own display,
// since grabbing the display costs far less than any capture inside the page.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { chromium, type Page } from 'playwright';
import { settledWithin } from './clock.ts';
import type { Display } from './recorder/display.ts';

const LAUNCH_MS = 30_000;
const CLOSE_MS = 5_000;

export interface Browser {
  page: Page;
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
  /** The browser or its page crashed, or was closed by somebody else. */
  onGone: (what: string) => void;
}

/** Starts Chromium with one page that fills the display. */
export async function openBrowser(options: BrowserOptions): Promise<Browser> {
  const { chromiumPath, folder, display, env, allowedOrigins, sound, onGone } = options;
  const silence = join(folder, 'silence.wav');
  await writeFile(silence, silentWav());
  const context = await chromium.launchPersistentContext(join(folder, 'profile'), {
    executablePath: chromiumPath,
    headless: false,
    chromiumSandbox: process.getuid?.() !== 0,
    viewport: null,
    locale: 'en-US',
    env: { ...env, DISPLAY: display.name, LANGUAGE: 'en_US' },
    timeout: LAUNCH_MS,
    ignoreDefaultArgs: sound ? ['--mute-audio'] : [],
    args: [...flags(display, silence), ...(sound ? [] : ['--disable-audio-output'])],
    // A signal is the bot's to answer: in the meeting, in order.
    handleSIGINT: false,
    handleSIGTERM: false,
    handleSIGHUP: false,
  });
  let closing = false;
  const gone = (what: string) => {
    if (!closing) onGone(what);
  };
  context.on('close', () => gone('the browser was closed'));
  for (const origin of allowedOrigins) {
    await context.grantPermissions(['microphone', 'camera', 'notifications'], { origin });
  }
  const page = context.pages()[0] ?? (await context.newPage());
  page.on('crash', () => gone('the page crashed'));
  page.on('close', () => gone('the page was closed'));
  return {
    page,
    async close() {
      closing = true;
      await settledWithin(context.close(), CLOSE_MS);
    },
  };
}

function flags(display: Display, silence: string): string[] {
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
    // It would keep trying to reach the internet for its own purposes.
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    '--no-first-run',
    '--disable-quic',
  ];
}

/** One second of 16-bit mono silence. */
function silentWav(): Buffer {
  const rate = 48_000;
  const data = rate * 2;
  const wav = Buffer.alloc(44 + data);
  wav.write('RIFF', 0);
  wav.writeUInt32LE(36 + data, 4);
  wav.write('WAVEfmt ', 8);
  wav.writeUInt32LE(16, 16);
  wav.writeUInt16LE(1, 20);
  wav.writeUInt16LE(1, 22);
  wav.writeUInt32LE(rate, 24);
  wav.writeUInt32LE(rate * 2, 28);
  wav.writeUInt16LE(2, 32);
  wav.writeUInt16LE(16, 34);
  wav.write('data', 36);
  wav.writeUInt32LE(data, 40);
  return wav;
}
