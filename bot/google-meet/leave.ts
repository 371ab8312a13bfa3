import { orFallback, sleep } from '../clock.ts';
import { isGone, type MeetingPage, readState, wiggle } from './meeting-page.ts';
import { findButton, findShown, press } from './press.ts';
import { LEAVE_BUTTONS } from './selectors.ts';
import { CANCEL_BUTTONS, LEAVE_CONFIRM_BUTTONS } from './texts.ts';

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
  if (!(await pressLeave(meetingPage))) return;
  let pressedAt = meetingPage.nowMs();
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
  const { page, log } = meetingPage;
  const left = await press(page, findShown(page, LEAVE_BUTTONS), 'way_out');
  const cancelled =
    !left && (await press(page, findButton(page, CANCEL_BUTTONS, 'outside_dialogs'), 'way_out'));
  log.info('leave_pressed', { left, cancelled });
  return left || cancelled;
}

async function findConfirm(meetingPage: MeetingPage) {
  const inDialog = meetingPage.page.locator('[role="dialog"], [aria-modal="true"], [role="menu"]');
  if ((await inDialog.count()) === 0) return null;
  return findButton(meetingPage.page, LEAVE_CONFIRM_BUTTONS);
}
