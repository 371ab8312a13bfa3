import { orFallback } from '../clock.ts';
import type { HeldLease } from '../runtime/lease.ts';
import type { MeetingPage } from './meeting-page.ts';
import { findButton, findConsentButton, findDeviceCardClose, press } from './press.ts';
import type { MeetState } from './state.ts';
import { POPUP_BUTTONS } from './texts.ts';

/** Agrees to what the page asks consent for. Resolves with whether it did. */
export async function acceptConsent(meetingPage: MeetingPage, lease: HeldLease): Promise<boolean> {
  const done = await orFallback(
    press(meetingPage.page, findConsentButton(meetingPage.page), lease),
    meetingPage.timing.readMs,
    false,
  );
  if (done) meetingPage.log.info('consent_accepted');
  return done;
}

/** Passes a gate: no devices, no account. */
export async function passGate(
  meetingPage: MeetingPage,
  gate: Extract<MeetState, { kind: 'gate' }>,
  lease: HeldLease,
): Promise<boolean> {
  const done = await orFallback(
    press(meetingPage.page, findButton(meetingPage.page, [gate.button]), lease),
    meetingPage.timing.readMs,
    false,
  );
  if (done) meetingPage.log.info('gate_passed', { button: gate.button });
  return done;
}

/** Closes tooltips, promotions and device cards, one of each at most. Never rejects. */
export async function dismissPopups(meetingPage: MeetingPage, lease: HeldLease): Promise<void> {
  const { page, timing } = meetingPage;
  const dismiss = async () => {
    if (await press(page, findButton(page, POPUP_BUTTONS), lease)) meetingPage.log.info('popup_dismissed');
    if (await press(page, findDeviceCardClose(page), lease)) meetingPage.log.info('device_card_closed');
  };
  await orFallback(dismiss(), timing.readMs, undefined);
}
