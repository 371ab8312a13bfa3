import type { HeldLease } from '../runtime/lease.ts';
import { within } from './abort.ts';
import { findButton, findConsentButton, findDeviceCardClose, press } from './press.ts';
import type { MeetState } from './state.ts';
import { POPUP_BUTTONS } from './texts.ts';
import type { Visit } from './visit.ts';

/** Agrees to what the page asks consent for. Resolves with whether it did. */
export async function acceptConsent(visit: Visit, lease: HeldLease): Promise<boolean> {
  const done = await within(
    press(visit.page, findConsentButton(visit.page), lease),
    visit.timing.readMs,
    false,
  );
  if (done) visit.log.info('consent_accepted');
  return done;
}

/** Passes a gate: no devices, no account. */
export async function passGate(
  visit: Visit,
  gate: Extract<MeetState, { kind: 'gate' }>,
  lease: HeldLease,
): Promise<boolean> {
  const done = await within(
    press(visit.page, findButton(visit.page, [gate.button]), lease),
    visit.timing.readMs,
    false,
  );
  if (done) visit.log.info('gate_passed', { button: gate.button });
  return done;
}

/** Closes tooltips, promotions and device cards, one of each at most. Never rejects. */
export async function dismissPopups(visit: Visit, lease: HeldLease): Promise<void> {
  const { page, timing } = visit;
  const dismiss = async () => {
    if (await press(page, findButton(page, POPUP_BUTTONS), lease)) visit.log.info('popup_dismissed');
    if (await press(page, findDeviceCardClose(page), lease)) visit.log.info('device_card_closed');
  };
  await within(dismiss(), timing.readMs, undefined);
}
