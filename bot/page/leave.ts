import { orFallback, sleep } from '../clock.ts';
import { findInPage } from './in-page.ts';
import { isGone, type MeetingPage, readState, wiggle } from './meeting-page.ts';
import { findButton, findShown, press } from './press.ts';

/** Leaves the call or the lobby by the page's own button. Takes at most `timing.leaveMs`. Never rejects. */
export async function leave(meetingPage: MeetingPage): Promise<void> {
  if (isGone(meetingPage)) return;
  const giveUp = new AbortController();
  await orFallback(leaveByButton(meetingPage, giveUp.signal), meetingPage.timing.leaveMs, undefined);
  giveUp.abort();
}

/** When the page has not reacted after this time, the button is pressed again. */
const PRESS_AGAIN_MS = 1_000;

async function leaveByButton(meetingPage: MeetingPage, signal: AbortSignal): Promise<void> {
  await wiggle(meetingPage);
  let pressedAt = (await pressLeave(meetingPage)) ? meetingPage.nowMs() : Number.NEGATIVE_INFINITY;
  // Leaving takes the page a moment, or it asks whether to end the call for everyone.
  for (;;) {
    const { state } = await readState(meetingPage);
    if (state.kind !== 'in_call' && state.kind !== 'lobby' && state.kind !== 'consent') return;
    const confirmed = await press(meetingPage.page, findConfirm(meetingPage), 'way_out');
    if (!confirmed && meetingPage.nowMs() - pressedAt >= PRESS_AGAIN_MS) {
      await pressLeave(meetingPage);
      pressedAt = meetingPage.nowMs();
    }
    await sleep(150, signal);
  }
}

async function pressLeave(meetingPage: MeetingPage): Promise<boolean> {
  const { page, log, data } = meetingPage;
  const left = await press(page, findShown(meetingPage, data.selectors.leaveButtons), 'way_out');
  const cancelled =
    !left &&
    (await press(page, findButton(meetingPage, data.texts.cancelButtons, 'outside_dialogs'), 'way_out'));
  log.info('leave_pressed', { left, cancelled });
  return left || cancelled;
}

/** Finds the answer to the question after the button to leave, in a dialog or a menu. */
function findConfirm(meetingPage: MeetingPage) {
  return findInPage(
    meetingPage,
    (lib, texts) => {
      const boxes = `${lib.zones.dialogs}, [role="menu"], [class*="leave-meeting-options"]`;
      const buttons = [...document.querySelectorAll(boxes)]
        .filter(lib.shown)
        .flatMap((box) => [
          ...box.querySelectorAll<HTMLElement>('button, [role="button"], [role="menuitem"]'),
        ])
        .filter((button) => lib.shown(button) && lib.enabled(button));
      for (const text of texts.map(lib.comparable)) {
        const found = buttons.find((button) =>
          lib.captions(button).some((it) => lib.comparable(it) === text),
        );
        if (found) return found;
      }
      return null;
    },
    meetingPage.data.texts.leaveConfirmButtons,
  );
}
