import { MeetingFault } from '../meeting.ts';
import type { HeldLease } from '../runtime/lease.ts';
import { pause } from './abort.ts';
import { hasJoinButton } from './classify.ts';
import { turnDevicesOff } from './devices.ts';
import { throwIfTerminal } from './faults.ts';
import { typeName } from './name.ts';
import { openMeeting } from './navigate.ts';
import { acceptConsent, dismissPopups, passGate } from './popups.ts';
import { goneFault, isGone, type Reading, readState, throwIfHanging, urlFact, type Visit } from './visit.ts';

/** From the link to a pre-join page on which nothing is left to do but to knock. */
export async function prepare(visit: Visit, lease: HeldLease): Promise<void> {
  const { signal } = lease;
  await openMeeting(visit, signal);
  const deadline = performance.now() + visit.timing.prepareMs;
  let reloadAt = performance.now() + visit.timing.reloadAfterMs;
  let last = 'none';

  while (performance.now() < deadline) {
    const reading = await readState(visit);
    signal.throwIfAborted();
    await throwIfTerminal(visit, reading, false, signal);
    const { state } = reading;
    if (state.kind !== last) visit.log.info('page_state', { state: state.kind });
    last = state.kind;

    if (isReady(reading) && (await settle(visit, deadline, lease))) return;
    if (state.kind === 'in_call') return;
    if (state.kind === 'gate') await passGate(visit, state, lease);
    else if (state.kind === 'consent') await acceptConsent(visit, lease);
    else if (state.kind !== 'splash') await dismissPopups(visit, lease);
    if (performance.now() > reloadAt && ['splash', 'unknown', 'unreadable'].includes(state.kind)) {
      // A page that hangs at its start was seen to come up on a second load.
      visit.log.info('page_reloaded', { state: state.kind });
      reloadAt = Number.POSITIVE_INFINITY;
      await openMeeting(visit, signal);
    }
    await pause(visit.timing.pollMs, signal);
  }
  throwIfHanging(visit);
  throw new MeetingFault('join_failed', 'the meeting page did not get to the point of joining', {
    facts: { state: last, ...urlFact(visit) },
  });
}

/** There is a button to join with, whatever else the page says: before the knock there is no lobby. */
function isReady({ state, snapshot }: Reading): boolean {
  return (
    state.kind === 'prejoin' ||
    (state.kind === 'lobby' && snapshot !== null && hasJoinButton(snapshot, false))
  );
}

/** Devices off, name typed. False when the page turned into something else meanwhile. */
export async function settle(visit: Visit, deadline: number, lease: HeldLease): Promise<boolean> {
  const { signal } = lease;
  try {
    await dismissPopups(visit, lease);
    signal.throwIfAborted();
    await turnDevicesOff(visit, lease);
    return (await typeName(visit, deadline, signal)) && isReady(await readState(visit));
  } catch (error) {
    lease.throwIfLost();
    if (error instanceof MeetingFault) throw error;
    if (isGone(visit)) throw goneFault(visit);
    // The page navigated or rendered anew under our hands: look again.
    visit.log.info('prejoin_disturbed', { error: String(error).slice(0, 200) });
    return false;
  }
}
