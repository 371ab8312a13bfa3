import { sleep } from '../clock.ts';
import { MeetingFault } from '../meeting.ts';
import type { HeldLease } from '../runtime/lease.ts';
import { throwIfTerminal } from './faults.ts';
import { passGate } from './gates.ts';
import { knock } from './knock.ts';
import { type MeetingPage, type Reading, readState, urlFact, whereIs, wiggle } from './meeting-page.ts';
import { acceptConsent, dismissPopups } from './popups.ts';
import { awayFault, prepare } from './prepare.ts';
import { sinceMs } from './since.ts';
import type { PageState } from './state.ts';

/** That the line is dead is only a guess, and a visit more is a request more for the host. */
const DEAD_LINE_VISITS = 3;

/**
 * Waits until the bot is in the call. Decides by what the page shows, not by how long reading the page took:
 * on a busy machine one reading can take most of a minute. A page that goes away, goes empty, or loses its line to the
 * platform is visited again: nobody would ever admit the bot there.
 */
export async function admission(
  meetingPage: MeetingPage,
  onWaitingRoom: () => void,
  lease: HeldLease,
): Promise<Date> {
  const { signal } = lease;
  const { timing, log } = meetingPage;
  const doubts = new LobbyDoubts(meetingPage);
  let inCall: { sinceMs: number; at: Date } | null = null;
  let hasWaited = false;
  let last = '';

  for (;;) {
    // The toolbar, which marks the call, is hidden while the mouse does not move.
    await wiggle(meetingPage);
    const reading = await readState(meetingPage);
    signal.throwIfAborted();
    const verdict = await throwIfTerminal(meetingPage, reading, true, signal);
    const { state } = reading;
    if (state.kind !== last) log.info('page_state', { state: state.kind });
    last = state.kind;

    if (state.kind === 'in_call') {
      inCall ??= { sinceMs: meetingPage.nowMs(), at: new Date() };
      if (meetingPage.nowMs() - inCall.sinceMs >= timing.inCallStableMs) return inCall.at;
    } else {
      inCall = null;
    }
    if ((state.kind === 'lobby' || meetingPage.lobbySeen) && !hasWaited) {
      hasWaited = true;
      onWaitingRoom();
    }
    const doubt = verdict === 'visit_again' ? state.kind : doubts.of(reading);
    if (doubt !== null) {
      const visits = doubt === 'dead_line' ? Math.min(timing.visits, DEAD_LINE_VISITS) : timing.visits;
      if (meetingPage.visits >= visits) doubts.giveUp(doubt);
      else {
        log.info('visit_again', { why: doubt, visits: meetingPage.visits });
        await sleep(timing.visitAgainMs, signal);
        await prepare(meetingPage, lease);
        await knock(meetingPage, lease);
        doubts.reset();
        continue;
      }
    }
    // The pre-join page is back. Either the lobby was never seen: the knock was lost. Or it was, and has lost its line.
    if (doubts.knockAgain(state, hasWaited)) await knock(meetingPage, lease);
    else if (state.kind === 'consent') await acceptConsent(meetingPage, lease);
    else if (state.kind === 'gate') await passGate(meetingPage, state.gate, lease);
    else if (state.kind === 'unknown' || state.kind === 'lobby') await dismissPopups(meetingPage, lease);
    await sleep(
      state.kind === 'in_call' ? Math.min(timing.pollMs, timing.inCallStableMs) : timing.pollMs,
      signal,
    );
  }
}

/** Signs that nobody will admit the bot on this page, and for how long they have been there. */
class LobbyDoubts {
  readonly #meetingPage: MeetingPage;
  #strangeSinceMs: number | null = null;
  #awaySinceMs: number | null = null;
  #prejoinSinceMs: number | null = null;

  constructor(meetingPage: MeetingPage) {
    this.#meetingPage = meetingPage;
  }

  reset(): void {
    this.#strangeSinceMs = null;
    this.#awaySinceMs = null;
    this.#prejoinSinceMs = null;
  }

  /** Takes a reading into account. Returns why the page has to be visited again; null when it has not. */
  of({ state, snapshot }: Reading): string | null {
    const { timing, line } = this.#meetingPage;
    const nowMs = this.#meetingPage.nowMs();
    const isStrange = state.kind === 'unknown' || state.kind === 'splash';
    const isAway = whereIs(this.#meetingPage) === 'away';
    // A page that does not answer says nothing: it may be busy.
    if (state.kind !== 'unreadable') this.#strangeSinceMs = sinceMs(this.#strangeSinceMs, isStrange, nowMs);
    this.#awaySinceMs = sinceMs(this.#awaySinceMs, isAway && state.kind !== 'in_call', nowMs);
    // A button that can be pressed beside the words of the lobby: the page has dropped the request.
    const canPress = state.kind === 'lobby' && (snapshot?.joinButton?.enabled ?? false);
    this.#prejoinSinceMs = sinceMs(this.#prejoinSinceMs, state.kind === 'prejoin' || canPress, nowMs);
    if (this.#awaySinceMs !== null && nowMs - this.#awaySinceMs >= timing.awayMs) return 'away';
    if (this.#strangeSinceMs !== null && nowMs - this.#strangeSinceMs >= timing.strangeLobbyMs)
      return state.kind;
    if (state.kind === 'lobby' && (line.deadMs() ?? 0) >= timing.deadLineMs) return 'dead_line';
    return null;
  }

  /** Whether to press the join button again, which is there. */
  knockAgain(state: PageState, hasWaited: boolean): boolean {
    if (this.#meetingPage.knocks === 0) return false;
    if (!hasWaited) return state.kind === 'prejoin';
    const { nowMs, timing } = this.#meetingPage;
    return this.#prejoinSinceMs !== null && nowMs() - this.#prejoinSinceMs >= timing.lobbyGoneMs;
  }

  /** The page has been visited often enough. A lobby is waited in all the same, since its line is only a guess. */
  giveUp(doubt: string): void {
    if (doubt === 'dead_line') return;
    if (doubt === 'away') throw awayFault(this.#meetingPage);
    throw new MeetingFault('page_went_away', 'the meeting page showed nothing that the bot knows', {
      facts: { state: doubt, visits: this.#meetingPage.visits, ...urlFact(this.#meetingPage) },
    });
  }
}
