// A scripted guest of the Teams room, for the lab's own tests.
import type { Page } from 'playwright';
import { open } from './guest.ts';

export const joinButton = '[data-tid="prejoin-join-button"]';

/** Opens a meeting's link and goes on in the browser, to the pre-join page or whatever is there instead. */
export async function enter(page: Page, url: string): Promise<void> {
  await open(page, url);
  await page.getByRole('button', { name: /(from|on) this browser|on the web/ }).click();
}

/** Types a name on the pre-join page and presses Join. */
export async function knock(page: Page, name = 'Guest'): Promise<void> {
  await page.getByPlaceholder('Type your name').fill(name);
  await page.locator(joinButton).click();
}

/** Goes all the way into the call. */
export async function join(page: Page, url: string, name = 'Guest'): Promise<void> {
  await enter(page, url);
  await knock(page, name);
  await page.getByRole('button', { name: 'Leave (Ctrl+Shift+H)' }).waitFor();
}
