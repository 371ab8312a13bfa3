import type { HeldLease } from '../runtime/lease.ts';
import { pause } from './abort.ts';
import { throwIfTerminal } from './faults.ts';
import { knock } from './knock.ts';
import { acceptConsent, dismissPopups, passGate } from './popups.ts';
import { readState, type Visit, wiggle } from './visit.ts';

/**
 * Waits until the bot is in the call. Judges by what it sees, not by how long a
 * look took: on a busy machine one look may need most of a minute.
 */
export async function admission(visit: Visit, onWaitingRoom: () => void, lease: HeldLease): Promise<void> {
  const { signal } = lease;
  const { timing, log } = visit;
  let inCallSince: number | null = null;
  let hasWaited = false;
  let last = '';

  for (;;) {
    // The toolbar hides while the mouse rests, and with it the signs of the call.
    await wiggle(visit);
    const reading = await readState(visit);
    signal.throwIfAborted();
    await throwIfTerminal(visit, reading, true, signal);
    const { state } = reading;
    if (state.kind !== last) log.info('page_state', { state: state.kind });
    last = state.kind;

    if (state.kind === 'in_call') {
      inCallSince ??= visit.nowMs();
      if (visit.nowMs() - inCallSince >= timing.inCallStableMs) return;
    } else {
      inCallSince = null;
    }
    if ((state.kind === 'lobby' || visit.lobbySeen) && !hasWaited) {
      hasWaited = true;
      onWaitingRoom();
    }
    // Back on the pre-join page, and the lobby never seen: the knock was lost on its way.
    if (state.kind === 'prejoin' && visit.knocks > 0 && !hasWaited) await knock(visit, lease);
    else if (state.kind === 'consent') await acceptConsent(visit, lease);
    else if (state.kind === 'gate') await passGate(visit, state, lease);
    else if (state.kind === 'unknown') await dismissPopups(visit, lease);
    await pause(
      state.kind === 'in_call' ? Math.min(timing.pollMs, timing.inCallStableMs) : timing.pollMs,
      signal,
    );
  }
}
