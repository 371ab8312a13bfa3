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

async function leaveByButton(visit: Visit, signal: AbortSignal): Promise<void> {
  const { page, log } = visit;
  await wiggle(visit);
  const left = await press(await findShown(page, LEAVE_BUTTONS));
  const cancelled = !left && (await press(await findButton(page, CANCEL_BUTTONS, 'outside_dialogs')));
  log.info('leave_pressed', { left, cancelled });
  if (!left && !cancelled) return;
  // The platform needs a moment to tell the others, or asks whether to end the call for all.
  for (;;) {
    const { state } = await readState(visit);
    if (state.kind !== 'in_call' && state.kind !== 'lobby' && state.kind !== 'consent') return;
    await press(await findConfirm(visit));
    await pause(150, signal);
  }
}

async function findConfirm(visit: Visit) {
  const inDialog = visit.page.locator('[role="dialog"], [aria-modal="true"], [role="menu"]');
  if ((await inDialog.count()) === 0) return null;
  return findButton(visit.page, LEAVE_CONFIRM_BUTTONS);
}
