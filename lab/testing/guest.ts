// Scripted guests for the lab's own tests: a browser, and the platform's
// buttons pressed by label, as a person would.
import { type Browser, chromium, type Page } from 'playwright';
import { findChromium } from '../far-end/chromium.ts';

/** A browser for guests. Its language is English unless a page asks otherwise. */
export function launchGuests(args: string[] = []): Promise<Browser> {
  return chromium.launch({
    executablePath: findChromium(),
    args: ['--no-sandbox', '--disable-background-networking', '--mute-audio', ...args],
  });
}

/** A fresh page with cookies and language of its own. */
export async function guestPage(browser: Browser): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 1280, height: 720 }, locale: 'en-US' });
  page.setDefaultTimeout(10_000);
  return page;
}

/** Opens a meeting's link; does not ask to join yet. A page that was elsewhere leaves from there. */
export async function open(page: Page, url: string): Promise<void> {
  await page.goto(url, { waitUntil: 'domcontentloaded' });
}

/** Types a name and presses the button that knocks. */
export async function knock(page: Page, name = 'Guest'): Promise<void> {
  await page.getByLabel('Your name').fill(name);
  await page.getByRole('button', { name: /^(Ask to join|Join now)$/ }).click();
}

/** Opens, knocks, and waits until the call is there. */
export async function join(page: Page, url: string, name = 'Guest'): Promise<void> {
  await open(page, url);
  await knock(page, name);
  await page.getByRole('button', { name: 'Chat with everyone' }).waitFor();
}

/** Polls until `check` passes, and rejects with its last failure after the deadline. */
export async function eventually<T>(check: () => T | Promise<T>, withinMs = 8_000): Promise<T> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    try {
      return await check();
    } catch (failure) {
      if (Date.now() > deadline) throw failure;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
