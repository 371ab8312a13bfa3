import { orFallback } from '../clock.ts';
import type { HeldLease } from '../runtime/lease.ts';
import type { MeetingPage } from './meeting-page.ts';
import { findButton, findConsentButton, findDeviceCardClose, press } from './press.ts';
import type { MeetState } from './state.ts';
import { POPUP_BUTTONS } from './texts.ts';

/** Agrees in a dialog that asks for consent. Resolves to whether it pressed the button. */
export async function acceptConsent(meetingPage: MeetingPage, lease: HeldLease): Promise<boolean> {
  const done = await orFallback(
    press(meetingPage.page, findConsentButton(meetingPage.page), lease),
    meetingPage.timing.readMs,
    false,
  );
  if (done) meetingPage.log.info('consent_accepted');
  return done;
}

/** Presses the button of a dialog before the pre-join page (no devices, no account). Resolves to whether it did. */
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

/** Closes a tooltip or promotion and a device card, at most one of each. Never rejects. */
export async function dismissPopups(meetingPage: MeetingPage, lease: HeldLease): Promise<void> {
  const { page, timing } = meetingPage;
  const dismiss = async () => {
    if (await press(page, findButton(page, POPUP_BUTTONS), lease)) meetingPage.log.info('popup_dismissed');
    if (await press(page, findDeviceCardClose(page), lease)) meetingPage.log.info('device_card_closed');
  };
  await orFallback(dismiss(), timing.readMs, undefined);
}
