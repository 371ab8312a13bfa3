// A headless Chromium driven by Puppeteer, for one test file.
import puppeteer, { type Browser } from 'puppeteer';
import { PuppeteerPage } from '../../browser/puppeteer.ts';

/** Starts the browser that the tests of a file share. */
export function launchPuppet(): Promise<Browser> {
  return puppeteer.launch({
    executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
    headless: true,
    pipe: true,
    defaultViewport: { width: 1280, height: 720 },
    args: [
      ...['--no-sandbox', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
      ...['--no-first-run', '--disable-quic', '--lang=en-US', '--accept-lang=en-US'],
      ...['--autoplay-policy=no-user-gesture-required', '--use-fake-ui-for-media-stream'],
      '--use-fake-device-for-media-stream',
    ],
  });
}

/** A page with cookies and permissions of its own. */
export async function openPuppetPage(
  browser: Browser,
): Promise<{ page: PuppeteerPage; close(): Promise<void> }> {
  const context = await browser.createBrowserContext();
  const page = await context.newPage();
  return { page: new PuppeteerPage(page), close: () => context.close() };
}
