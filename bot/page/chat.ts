import { orFallback, sleep } from '../clock.ts';
import type { HeldLease } from '../runtime/lease.ts';
import { findInPage } from './in-page.ts';
import type { MeetingPage } from './meeting-page.ts';
import { withMouse } from './mouse.ts';
import { findShown, press } from './press.ts';

/** How long the chat may take to open. */
const OPEN_MS = 5_000;
/** How long a message may take to leave the field. */
const SENT_MS = 2_000;

/**
 * Writes a line into the chat of the call. Resolves to whether it was sent: a host can switch the chat off. A text that
 * is longer than the page allows is cut.
 */
export async function writeToChat(
  meetingPage: MeetingPage,
  text: string,
  lease: HeldLease,
): Promise<boolean> {
  const { page, data, log, timing } = meetingPage;
  const { chat } = data.selectors;
  const line = text.replace(/\s+/g, ' ').trim().slice(0, chat.longest);
  const field = await openField(meetingPage, lease);
  if (!field) {
    log.info('chat_not_available');
    return false;
  }
  try {
    await withMouse(page, () => field.click(2_000)).catch(() => field.focus());
    lease.throwIfLost();
    await field.type(line);
    await page.pressKeys('Enter');
    if (!(await emptied(field, lease.signal))) {
      await orFallback(press(page, findShown(meetingPage, chat.sendButtons), lease), timing.readMs, false);
    }
    const sent = await emptied(field, lease.signal);
    log.info('chat_written', { sent });
    return sent;
  } finally {
    field.dispose();
  }
}

async function openField(meetingPage: MeetingPage, lease: HeldLease) {
  const { page, data, nowMs } = meetingPage;
  const { chat } = data.selectors;
  const find = () =>
    findInPage(
      meetingPage,
      (lib, css) =>
        css
          .flatMap((one) => [...document.querySelectorAll<HTMLElement>(one)])
          .find((element) => lib.shown(element) && lib.enabled(element)),
      chat.inputs,
    );
  const already = await find();
  if (already) return already;
  // The button closes a chat that is open, so it is pressed once.
  if (!(await press(page, findShown(meetingPage, chat.openButtons), lease))) return null;
  for (const deadline = nowMs() + OPEN_MS; nowMs() < deadline; await sleep(100, lease.signal)) {
    const field = await find();
    if (field) return field;
  }
  return null;
}

/** Whether the field is empty again: the page has taken the message. */
async function emptied(field: { run<R>(fn: (element: HTMLElement) => R): Promise<R> }, signal: AbortSignal) {
  const deadline = performance.now() + SENT_MS;
  do {
    const left = await field
      .run((element) => ('value' in element ? String(element.value) : (element.textContent ?? '')).trim())
      .catch(() => '');
    if (left === '') return true;
    await sleep(100, signal);
  } while (performance.now() < deadline);
  return false;
}
