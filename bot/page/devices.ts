import { orAborted, orFallback, sleep } from '../clock.ts';
import { MeetingFault } from '../meeting.ts';
import type { HeldLease } from '../runtime/lease.ts';
import type { DeviceControls } from './data.ts';
import { type MeetingPage, urlFact } from './meeting-page.ts';
import { findShown, press } from './press.ts';

const TRIES = 5;

/**
 * Turns microphone and camera off. A device counts as off once its button offers to turn it on, or when it
 * has no button because the machine does not have the device. `patient`: gives buttons that are missing more time to
 * appear. Throws MeetingFault `join_failed`.
 */
export async function turnDevicesOff(
  meetingPage: MeetingPage,
  lease: HeldLease,
  { patient }: { patient: boolean },
): Promise<void> {
  const { signal } = lease;
  for (const device of meetingPage.data.selectors.devices) {
    for (let attempt = 1; !(await isOffOrAbsent(meetingPage, device, patient, signal)); attempt++) {
      if (attempt > TRIES) {
        throw new MeetingFault('join_failed', `the ${device.name} could not be turned off`, {
          facts: { device: device.name, ...urlFact(meetingPage) },
        });
      }
      // The page may have ignored the clicks, so the keyboard shortcut is tried.
      const pressed: Promise<unknown> =
        attempt > 3 && device.shortcut !== null
          ? meetingPage.page.pressKeys(device.shortcut)
          : press(meetingPage.page, findShown(meetingPage, device.turnOff), lease);
      await orAborted(pressed, signal);
      await waitUntilOff(meetingPage, device, signal);
    }
  }
}

async function isOffOrAbsent(
  meetingPage: MeetingPage,
  device: DeviceControls,
  patient: boolean,
  signal: AbortSignal,
): Promise<boolean> {
  if (await isShown(meetingPage, device.isOff, signal)) return true;
  if (await isShown(meetingPage, device.turnOff, signal)) return false;
  // The buttons can appear a moment after the rest of the page.
  const deadline = performance.now() + (patient ? meetingPage.timing.deviceAbsentMs : 0);
  do {
    await sleep(meetingPage.timing.pollMs, signal);
    if (await isShown(meetingPage, device.isOff, signal)) return true;
    if (await isShown(meetingPage, device.turnOff, signal)) return false;
  } while (performance.now() < deadline);
  meetingPage.log.info('device_absent', { device: device.name });
  return true;
}

/** Turns off what is on in the call: a page may turn a device on by itself. Never turns one on, and never rejects. */
export async function keepDevicesOff(meetingPage: MeetingPage, lease: HeldLease): Promise<void> {
  const { page, timing, data, log } = meetingPage;
  for (const device of data.selectors.devices) {
    const pressed = press(page, findShown(meetingPage, device.turnOff), lease);
    if (await orFallback(pressed, timing.readMs, false))
      log.info('device_turned_off', { device: device.name });
  }
}

async function waitUntilOff(
  meetingPage: MeetingPage,
  device: DeviceControls,
  signal: AbortSignal,
): Promise<void> {
  const deadline = performance.now() + meetingPage.timing.deviceMs;
  do {
    if (await isShown(meetingPage, device.isOff, signal)) return;
    await sleep(50, signal);
  } while (performance.now() < deadline);
}

async function isShown(
  meetingPage: MeetingPage,
  selectors: readonly string[],
  signal: AbortSignal,
): Promise<boolean> {
  const element = await orAborted(findShown(meetingPage, selectors), signal);
  element?.dispose();
  return element !== null;
}
