import { sleep } from '../clock.ts';
import type { HeldLease } from '../runtime/lease.ts';
import { throwIfTerminal } from './faults.ts';
import { knock } from './knock.ts';
import { type MeetingPage, readState, wiggle } from './meeting-page.ts';
import { acceptConsent, dismissPopups, passGate } from './popups.ts';

/**
 * Waits until the bot is in the call. Judges by what it sees, not by how long a
 * look took: on a busy machine one look may need most of a minute.
 */
export async function admission(
  meetingPage: MeetingPage,
  onWaitingRoom: () => void,
  lease: HeldLease,
): Promise<void> {
  const { signal } = lease;
  const { timing, log } = meetingPage;
  let inCallSince: number | null = null;
  let hasWaited = false;
  let last = '';

  for (;;) {
    // The toolbar hides while the mouse rests, and with it the signs of the call.
    await wiggle(meetingPage);
    const reading = await readState(meetingPage);
    signal.throwIfAborted();
    await throwIfTerminal(meetingPage, reading, true, signal);
    const { state } = reading;
    if (state.kind !== last) log.info('page_state', { state: state.kind });
    last = state.kind;

    if (state.kind === 'in_call') {
      inCallSince ??= meetingPage.nowMs();
      if (meetingPage.nowMs() - inCallSince >= timing.inCallStableMs) return;
    } else {
      inCallSince = null;
    }
    if ((state.kind === 'lobby' || meetingPage.lobbySeen) && !hasWaited) {
      hasWaited = true;
      onWaitingRoom();
    }
    // Back on the pre-join page, and the lobby never seen: the knock was lost on its way.
    if (state.kind === 'prejoin' && meetingPage.knocks > 0 && !hasWaited) await knock(meetingPage, lease);
    else if (state.kind === 'consent') await acceptConsent(meetingPage, lease);
    else if (state.kind === 'gate') await passGate(meetingPage, state, lease);
    else if (state.kind === 'unknown') await dismissPopups(meetingPage, lease);
    await sleep(
      state.kind === 'in_call' ? Math.min(timing.pollMs, timing.inCallStableMs) : timing.pollMs,
      signal,
    );
  }
}
