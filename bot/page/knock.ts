import { sleep } from '../clock.ts';
import { MeetingFault } from '../meeting.ts';
import type { HeldLease } from '../runtime/lease.ts';
import { passGate } from './gates.ts';
import {
  goneFault,
  isGone,
  type MeetingPage,
  type Reading,
  readState,
  throwIfHanging,
  urlFact,
} from './meeting-page.ts';
import { acceptConsent, dismissPopups } from './popups.ts';
import { isReady, settle } from './prepare.ts';
import { findJoinButton, press } from './press.ts';
import type { Snapshot } from './snapshot.ts';
import { isTerminal } from './state.ts';

/**
 * Presses the button that asks to join, again and again while the page does not react. Once the lobby was
 * seen it does not press again. Resolves with the time of the first press when the page shows anything
 * else, whatever that is: `admission` handles it. Throws MeetingFault.
 */
export async function knock(meetingPage: MeetingPage, lease: HeldLease): Promise<Date> {
  const { signal } = lease;
  const { timing, log } = meetingPage;
  const deadline = performance.now() + timing.knockMs;
  // The bot may have waited on this page for minutes, and the page may have lost the name.
  // Whatever was missing then is not waited for: the time to knock has come.
  await settle(meetingPage, deadline, lease, { patient: false });
  let clickAt = 0;
  let firstPressAt: Date | null = null;

  while (performance.now() < deadline) {
    const reading = await readState(meetingPage);
    signal.throwIfAborted();
    if (isGone(meetingPage)) throw goneFault(meetingPage);
    const { state } = reading;
    if (meetingPage.knocksHere > 0 && state.kind === 'lobby') meetingPage.lobbySeen = true;
    if (hasMovedOn(meetingPage, reading)) return firstPressAt ?? new Date();
    if (state.kind === 'consent') await acceptConsent(meetingPage, lease);
    else if (state.kind === 'gate') await passGate(meetingPage, state.gate, lease);
    else if (
      isReady(reading, meetingPage) &&
      meetingPage.knocksHere < timing.knocks &&
      performance.now() >= clickAt
    ) {
      if (meetingPage.knocksHere > 0) {
        await dismissPopups(meetingPage, lease);
        await settle(meetingPage, deadline, lease, { patient: true });
      }
      const pressed = await press(meetingPage.page, findJoinButton(meetingPage), lease).catch(() => false);
      lease.throwIfLost();
      if (pressed) {
        firstPressAt ??= new Date();
        meetingPage.knocks += 1;
        meetingPage.knocksHere += 1;
        log.info('join_pressed', { knocks: meetingPage.knocks });
        clickAt = performance.now() + timing.knockAgainMs;
      }
    }
    await sleep(Math.min(timing.pollMs, 150), signal);
  }
  throwIfHanging(meetingPage);
  throw new MeetingFault(
    'join_failed',
    `the page did not react to ${meetingPage.knocks} clicks on its join button`,
    {
      facts: { knocks: meetingPage.knocks, ...urlFact(meetingPage) },
    },
  );
}

/** The knock was received, or knocking is no longer possible. */
function hasMovedOn({ knocksHere }: MeetingPage, { state, snapshot }: Reading): boolean {
  if (isTerminal(state) || state.kind === 'captcha' || state.kind === 'in_call') return true;
  if (knocksHere === 0) return false;
  // Before the first press, a text of the lobby is only a hint on the pre-join page.
  if (state.kind === 'splash' || state.kind === 'unknown') return true;
  // The text of the lobby beside a button that can still be pressed: the page has not taken the press.
  return state.kind === 'lobby' && !(snapshot !== null && canPress(snapshot));
}

/** Whether the page's own join button is there and enabled. Known only on pages whose button has a selector. */
function canPress({ joinButton }: Snapshot): boolean {
  return joinButton?.enabled ?? false;
}
