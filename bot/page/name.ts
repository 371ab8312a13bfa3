// Types the name. Four of five failed joins in the field were caused by the name field: the page replaces it
// while somebody types, and the text is lost.
import type { PageElement } from '../browser/page-port.ts';
import { orAborted, sleep } from '../clock.ts';
import { findInPage } from './in-page.ts';
import type { MeetingPage } from './meeting-page.ts';
import { withMouse } from './mouse.ts';

/** Makes a name typeable: one line without control characters, since Enter would join. */
export function typeableName(displayName: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these characters are to be removed
  const oneLine = displayName.replace(/[\u0000-\u001F\u007F\u2028\u2029]+/g, ' ');
  return oneLine.replace(/ +/g, ' ').trim() || 'Guest';
}

/**
 * Types the name, checks that it stays, and types it again whenever the page has replaced the field. Returns
 * true when the name is there, or when there is no field, as for a signed-in browser. Returns false when
 * `deadline` (by `performance.now`) passes first.
 */
export async function typeName(
  meetingPage: MeetingPage,
  deadline: number,
  signal: AbortSignal,
): Promise<boolean> {
  const name = typeableName(meetingPage.displayName);
  for (let attempt = 1; performance.now() < deadline; attempt++) {
    const input = await orAborted(findNameInput(meetingPage), signal);
    if (!input) return true;
    try {
      // The name is still there from before.
      if (await keeps(meetingPage, input, name, signal)) return true;
      await orAborted(typeInto(meetingPage, input, name), signal);
      await sleep(meetingPage.timing.nameStableMs, signal);
    } catch (error) {
      signal.throwIfAborted();
      if (meetingPage.page.isClosed()) throw error;
      meetingPage.log.info('name_retry', { attempt, error: String(error).slice(0, 120) });
    } finally {
      input.dispose();
    }
    // Finds the field again: the page may have replaced the one that was typed into.
    const now = await orAborted(findNameInput(meetingPage), signal);
    if (!now) continue;
    const done = await keeps(meetingPage, now, name, signal).catch(() => false);
    now.dispose();
    if (done) return true;
    await sleep(Math.min(100 * attempt, 1_000), signal);
  }
  return false;
}

async function typeInto(meetingPage: MeetingPage, input: PageElement, name: string): Promise<void> {
  await withMouse(meetingPage.page, () => input.click(2_000)).catch(() => input.focus());
  await input.run((field) => (field as HTMLInputElement).select());
  await meetingPage.page.pressKeys('Delete');
  // Types with real key events: when the value is only set, the join button stays disabled.
  await input.type(name);
}

/**
 * Whether the field holds the name, cut to the field's maximum length. What it holds is the name under which the page
 * will show the bot.
 */
async function keeps(
  meetingPage: MeetingPage,
  input: PageElement,
  name: string,
  signal: AbortSignal,
): Promise<boolean> {
  const seen = await orAborted(
    input.run((field) => {
      const { isConnected, value, maxLength } = field as HTMLInputElement;
      return { value: isConnected ? value : null, limit: maxLength };
    }),
    signal,
  );
  const shown = seen.value?.trim() ?? null;
  if (shown !== (seen.limit > 0 ? name.slice(0, seen.limit).trim() : name)) return false;
  meetingPage.nameShown = shown;
  return true;
}

function findNameInput(meetingPage: MeetingPage): Promise<PageElement | null> {
  const found = findInPage(
    meetingPage,
    (lib, inputs) => {
      const isOther = (input: Element) =>
        /code|link|search|message/i.test(`${input.ariaLabel} ${input.getAttribute('placeholder')}`);
      for (const { css } of inputs) {
        const usable = [...document.querySelectorAll(css)].find(
          (input) =>
            input instanceof HTMLInputElement && lib.shown(input) && lib.enabled(input) && !isOther(input),
        );
        if (usable) return usable;
      }
      return null;
    },
    meetingPage.data.selectors.nameInputs,
  );
  return found;
}
