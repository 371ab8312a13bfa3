import { sleep } from '../clock.ts';
import type { HeldLease } from '../runtime/lease.ts';
import { throwIfTerminal } from './faults.ts';
import { knock } from './knock.ts';
import { type MeetingPage, readState, wiggle } from './meeting-page.ts';
import { acceptConsent, dismissPopups, passGate } from './popups.ts';

/**
 * Waits until the bot is in the call. Decides by what the page shows, not by how long reading the page took:
 * on a busy machine one reading can take most of a minute.
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
    // The toolbar, which marks the call, is hidden while the mouse does not move.
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
    // The pre-join page is back and the lobby was never seen: the knock was lost.
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
