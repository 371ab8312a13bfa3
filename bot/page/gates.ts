import { orFallback } from '../clock.ts';
import type { HeldLease } from '../runtime/lease.ts';
import type { MeetingPage } from './meeting-page.ts';
import { findButton, findShown, press } from './press.ts';
import type { Gate } from './state.ts';

/** Presses what leads to the pre-join page (no devices, no account, go on in the browser). Resolves to whether it did. */
export async function passGate(meetingPage: MeetingPage, gate: Gate, lease: HeldLease): Promise<boolean> {
  const search = () =>
    'css' in gate ? findShown(meetingPage, [gate.css]) : findButton(meetingPage, [gate.text]);
  const done = await orFallback(press(meetingPage.page, search(), lease), meetingPage.timing.readMs, false);
  if (done) meetingPage.log.info('gate_passed', { gate: 'css' in gate ? gate.css : gate.text });
  return done;
}
