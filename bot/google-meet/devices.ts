import { MeetingFault } from '../meeting.ts';
import type { HeldLease } from '../runtime/lease.ts';
import { orAborted, pause } from './abort.ts';
import { findShown, press } from './press.ts';
import { DEVICES } from './selectors.ts';
import { urlFact, type Visit } from './visit.ts';

const TRIES = 5;

/**
 * Turns microphone and camera off. Each is off only once its button offers to
 * turn it on; a machine without the device has no such button, which is fine.
 */
export async function turnDevicesOff(visit: Visit, lease: HeldLease): Promise<void> {
  const { signal } = lease;
  for (const device of DEVICES) {
    for (let attempt = 1; !(await isOffOrAbsent(visit, device, signal)); attempt++) {
      if (attempt > TRIES) {
        throw new MeetingFault('join_failed', `the ${device.name} could not be turned off`, {
          facts: { device: device.name, ...urlFact(visit) },
        });
      }
      // The page may have swallowed the clicks; its shortcut takes another way.
      if (attempt > 3) await orAborted(visit.page.keyboard.press(device.shortcut), signal);
      else await orAborted(press(visit.page, findShown(visit.page, device.turnOff), lease), signal);
      await waitUntilOff(visit, device, signal);
    }
  }
}

type Device = (typeof DEVICES)[number];

async function isOffOrAbsent(visit: Visit, device: Device, signal: AbortSignal): Promise<boolean> {
  if (await isShown(visit, device.isOff, signal)) return true;
  if (await isShown(visit, device.turnOff, signal)) return false;
  // The buttons may come a moment after the rest of the page.
  await pause(visit.timing.pollMs, signal);
  const absent = !(await isShown(visit, device.turnOff, signal));
  if (absent) visit.log.info('device_absent', { device: device.name });
  return absent;
}

async function waitUntilOff(visit: Visit, device: Device, signal: AbortSignal): Promise<void> {
  const deadline = performance.now() + visit.timing.deviceMs;
  do {
    if (await isShown(visit, device.isOff, signal)) return;
    await pause(50, signal);
  } while (performance.now() < deadline);
}

async function isShown(visit: Visit, selectors: readonly string[], signal: AbortSignal): Promise<boolean> {
  const element = await orAborted(findShown(visit.page, selectors), signal);
  element?.dispose().catch(() => undefined);
  return element !== null;
}
