import { sleep } from '../clock.ts';
import { MeetingFault } from '../meeting.ts';
import type { HeldLease } from '../runtime/lease.ts';
import { hasJoinButton } from './classify.ts';
import { turnDevicesOff } from './devices.ts';
import { throwIfTerminal } from './faults.ts';
import {
  goneFault,
  isGone,
  type MeetingPage,
  type Reading,
  readState,
  throwIfHanging,
  urlFact,
} from './meeting-page.ts';
import { typeName } from './name.ts';
import { openLink } from './navigate.ts';
import { acceptConsent, dismissPopups, passGate } from './popups.ts';

/** Opens the link and prepares the pre-join page, so that only the knock is left. Throws MeetingFault. */
export async function prepare(meetingPage: MeetingPage, lease: HeldLease): Promise<void> {
  const { signal } = lease;
  await openLink(meetingPage, signal);
  const deadline = performance.now() + meetingPage.timing.prepareMs;
  let reloadAt = performance.now() + meetingPage.timing.reloadAfterMs;
  let last = 'none';

  while (performance.now() < deadline) {
    const reading = await readState(meetingPage);
    signal.throwIfAborted();
    await throwIfTerminal(meetingPage, reading, false, signal);
    const { state } = reading;
    if (state.kind !== last) meetingPage.log.info('page_state', { state: state.kind });
    last = state.kind;

    if (isReady(reading) && (await settle(meetingPage, deadline, lease))) return;
    if (state.kind === 'in_call') return;
    if (state.kind === 'gate') await passGate(meetingPage, state, lease);
    else if (state.kind === 'consent') await acceptConsent(meetingPage, lease);
    else if (state.kind !== 'splash') await dismissPopups(meetingPage, lease);
    if (performance.now() > reloadAt && ['splash', 'unknown', 'unreadable'].includes(state.kind)) {
      // Pages that hang while loading were seen to work after a reload.
      meetingPage.log.info('page_reloaded', { state: state.kind });
      reloadAt = Number.POSITIVE_INFINITY;
      await openLink(meetingPage, signal);
    }
    await sleep(meetingPage.timing.pollMs, signal);
  }
  throwIfHanging(meetingPage);
  throw new MeetingFault('join_failed', 'the meeting page did not offer to join', {
    facts: { state: last, ...urlFact(meetingPage) },
  });
}

/** Whether there is a button to join. Texts of the lobby do not matter: before the knock there is no lobby. */
function isReady({ state, snapshot }: Reading): boolean {
  return (
    state.kind === 'prejoin' ||
    (state.kind === 'lobby' && snapshot !== null && hasJoinButton(snapshot, false))
  );
}

/** Turns the devices off and types the name. Returns false when the page has changed to something else. */
export async function settle(meetingPage: MeetingPage, deadline: number, lease: HeldLease): Promise<boolean> {
  const { signal } = lease;
  try {
    await dismissPopups(meetingPage, lease);
    signal.throwIfAborted();
    await turnDevicesOff(meetingPage, lease);
    return (await typeName(meetingPage, deadline, signal)) && isReady(await readState(meetingPage));
  } catch (error) {
    lease.throwIfLost();
    if (error instanceof MeetingFault) throw error;
    if (isGone(meetingPage)) throw goneFault(meetingPage);
    // The page navigated or rendered again in the middle. The caller reads it again.
    meetingPage.log.info('prejoin_disturbed', { error: String(error).slice(0, 200) });
    return false;
  }
}
