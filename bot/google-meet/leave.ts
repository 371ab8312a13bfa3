import { pause, within } from './abort.ts';
import { findButton, findShown, press } from './press.ts';
import { LEAVE_BUTTONS } from './selectors.ts';
import { CANCEL_BUTTONS, LEAVE_CONFIRM_BUTTONS } from './texts.ts';
import { isGone, readState, type Visit, wiggle } from './visit.ts';

/** Leaves the call, or the lobby, by the page's own button. Bounded; never rejects. */
export async function leave(visit: Visit): Promise<void> {
  if (isGone(visit)) return;
  const stop = new AbortController();
  await within(leaveByButton(visit, stop.signal), visit.timing.leaveMs, undefined);
  stop.abort();
}

/** How long the platform may take to show that the button was pressed, before it is pressed again. */
const PRESS_AGAIN_MS = 1_000;

async function leaveByButton(visit: Visit, signal: AbortSignal): Promise<void> {
  await wiggle(visit);
  if (!(await pressLeave(visit))) return;
  let pressedAt = visit.nowMs();
  // The platform needs a moment to tell the others, or asks whether to end the call for all.
  for (;;) {
    const { state } = await readState(visit);
    if (state.kind !== 'in_call' && state.kind !== 'lobby' && state.kind !== 'consent') return;
    const confirmed = await press(visit.page, findConfirm(visit), 'way_out');
    if (!confirmed && visit.nowMs() - pressedAt >= PRESS_AGAIN_MS) {
      await pressLeave(visit);
      pressedAt = visit.nowMs();
    }
    await pause(150, signal);
  }
}

async function pressLeave(visit: Visit): Promise<boolean> {
  const { page, log } = visit;
  const left = await press(page, findShown(page, LEAVE_BUTTONS), 'way_out');
  const cancelled =
    !left && (await press(page, findButton(page, CANCEL_BUTTONS, 'outside_dialogs'), 'way_out'));
  log.info('leave_pressed', { left, cancelled });
  return left || cancelled;
}

async function findConfirm(visit: Visit) {
  const inDialog = visit.page.locator('[role="dialog"], [aria-modal="true"], [role="menu"]');
  if ((await inDialog.count()) === 0) return null;
  return findButton(visit.page, LEAVE_CONFIRM_BUTTONS);
}
