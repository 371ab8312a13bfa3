import { sleep } from '../clock.ts';
import { MeetingFault } from '../meeting.ts';
import type { HeldLease } from '../runtime/lease.ts';
import { hasJoinButton } from './classify.ts';
import { turnDevicesOff } from './devices.ts';
import { throwIfTerminal } from './faults.ts';
import { passGate } from './gates.ts';
import {
  goneFault,
  isGone,
  type MeetingPage,
  type Reading,
  readState,
  throwIfHanging,
  urlFact,
  whereIs,
} from './meeting-page.ts';
import { typeName } from './name.ts';
import { openLink } from './navigate.ts';
import { givePasscode } from './passcode.ts';
import { acceptConsent, dismissPopups } from './popups.ts';

/** States of a page that has not come up. */
const NOTHING_YET: readonly string[] = ['splash', 'unknown', 'unreadable'];

/** Opens the link and prepares the pre-join page, so that only the knock is left. Throws MeetingFault. */
export async function prepare(meetingPage: MeetingPage, lease: HeldLease): Promise<void> {
  const { signal } = lease;
  const { timing, log } = meetingPage;
  await openLink(meetingPage, signal);
  const deadline = performance.now() + timing.prepareMs + meetingPage.data.notFoundPatienceMs;
  let reloadAt = performance.now() + timing.reloadAfterMs;
  const openedAt = performance.now();
  let awaySince: number | null = null;
  let last = 'none';
  const visitAgain = async (why: string) => {
    log.info('visit_again', { why, visits: meetingPage.visits });
    await sleep(timing.visitAgainMs, signal);
    await openLink(meetingPage, signal);
    awaySince = null;
  };

  while (performance.now() < deadline) {
    const reading = await readState(meetingPage);
    signal.throwIfAborted();
    const verdict = await throwIfTerminal(meetingPage, reading, false, signal);
    const { state } = reading;
    if (state.kind !== last) log.info('page_state', { state: state.kind });
    last = state.kind;
    if (verdict === 'visit_again') {
      await visitAgain(state.kind);
      continue;
    }

    if (isReady(reading, meetingPage) && (await settle(meetingPage, deadline, lease, { patient: true })))
      return;
    if (state.kind === 'in_call') return;
    if (state.kind === 'gate') await passGate(meetingPage, state.gate, lease);
    else if (state.kind === 'consent') await acceptConsent(meetingPage, lease);
    else if (state.kind !== 'splash') await dismissPopups(meetingPage, lease);

    if (
      meetingPage.isMissing &&
      NOTHING_YET.includes(state.kind) &&
      performance.now() - openedAt >= timing.missingMs
    ) {
      throw new MeetingFault('meeting_not_found', 'the server says that there is no such page', {
        facts: { state: state.kind, ...urlFact(meetingPage) },
      });
    }
    // The platform's start page, on the same host. A page on its way to the meeting can pass there.
    awaySince = whereIs(meetingPage) === 'away' ? (awaySince ?? performance.now()) : null;
    if (awaySince !== null && performance.now() - awaySince >= timing.awayMs) {
      if (meetingPage.visits >= timing.visits) throw awayFault(meetingPage);
      await visitAgain('away');
    } else if (performance.now() > reloadAt && NOTHING_YET.includes(state.kind)) {
      // Pages that hang while loading were seen to work after a reload. A page that is only slow is not helped by a
      // second one.
      reloadAt = Number.POSITIVE_INFINITY;
      await visitAgain(state.kind);
    }
    await sleep(timing.pollMs, signal);
  }
  throwIfHanging(meetingPage);
  throw new MeetingFault('join_failed', 'the meeting page did not offer to join', {
    facts: { state: last, ...urlFact(meetingPage) },
  });
}

/** The fault when the page was left before admission and does not come back. Nobody is blamed for it. */
export function awayFault(meetingPage: MeetingPage): MeetingFault {
  return new MeetingFault('page_went_away', 'the meeting page went away before the bot was let in', {
    facts: { visits: meetingPage.visits, ...urlFact(meetingPage) },
  });
}

/**
 * Whether there is a button to join this meeting: the platform's start page has one for any. Texts of the lobby do not
 * matter: before the knock there is no lobby.
 */
export function isReady({ state, snapshot }: Reading, meetingPage: MeetingPage): boolean {
  const { data } = meetingPage;
  if (whereIs(meetingPage) === 'away') return false;
  if (state.kind === 'prejoin') return true;
  return state.kind === 'lobby' && snapshot !== null && hasJoinButton(snapshot, data, false);
}

/**
 * Turns the devices off, types the name, and the passcode where the page asks for it. Returns false when the page has
 * changed to something else. `patient`: gives controls that are missing more time to appear. Throws MeetingFault `passcode_required` when there is none.
 */
export async function settle(
  meetingPage: MeetingPage,
  deadline: number,
  lease: HeldLease,
  { patient }: { patient: boolean },
): Promise<boolean> {
  const { signal } = lease;
  try {
    await dismissPopups(meetingPage, lease);
    signal.throwIfAborted();
    await turnDevicesOff(meetingPage, lease, { patient });
    if (!(await typeName(meetingPage, deadline, signal))) return false;
    await givePasscode(meetingPage, signal);
    return isReady(await readState(meetingPage), meetingPage);
  } catch (error) {
    lease.throwIfLost();
    if (error instanceof MeetingFault) throw error;
    if (isGone(meetingPage)) throw goneFault(meetingPage);
    // The page navigated or rendered again in the middle. The caller reads it again.
    meetingPage.log.info('prejoin_disturbed', { error: String(error).slice(0, 200) });
    return false;
  }
}
