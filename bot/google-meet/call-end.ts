// Decides from successive sightings of the page whether the call is over. Pure: each sighting comes with its
// time. How long a sign of the end has to last before it counts:
//
//   the page says that it is over        until the next sighting confirms it
//   nothing of the call is visible       30 s and at least 3 sightings: a page that reconnects shows nothing
//                                        for a moment, and one sighting can take 55 s
//   the page reconnects or is silent     5 min
//
// One sighting of the living call resets everything.
import type { LeaveReason } from '@meeboter/domain/reasons.ts';
import type { CallEnd } from '../meeting.ts';
import { ownWords } from './own-words.ts';
import type { MeetState } from './state.ts';
import { isOver } from './state.ts';
import type { Timing } from './timing.ts';

/** What one reading of the page says about the end of the call. */
export type Sighting =
  | { kind: 'alive' }
  /** The page says that the call is over. `contradicted`: it also still looks like the call. */
  | { kind: 'over'; reason: LeaveReason; matched: string; contradicted: boolean }
  | { kind: 'reconnecting' }
  /** The page did not answer. */
  | { kind: 'mute' }
  /** Nothing of the call is visible, and the page does not say why. */
  | { kind: 'blank' }
  /** The page has left the meeting's address. */
  | { kind: 'away' }
  /** The page was closed or crashed. */
  | { kind: 'gone' };

type Limits = Pick<
  Timing,
  'contradictedMs' | 'lostMs' | 'lostReadings' | 'reconnectMs' | 'awayMs' | 'confirmMs'
>;

/** Collects the sightings of one call. */
export class CallEndDetector {
  readonly #limits: Limits;
  /** Since when, and how often, each bad sign has been seen without a good sighting in between. */
  #over: { reason: LeaveReason; sinceMs: number } | null = null;
  #lost: { sinceMs: number; looks: number; reconnecting: boolean } | null = null;
  #awaySinceMs: number | null = null;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  /** True while there is a sign of the end that needs confirmation soon. */
  get suspects(): boolean {
    return this.#over !== null || this.#awaySinceMs !== null;
  }

  /** Takes one sighting into account. Returns the end of the call once it is certain, else null. */
  observe(look: Sighting, nowMs: number): CallEnd | null {
    if (look.kind === 'gone') return { reason: 'page_lost', because: 'the page is gone' };
    if (look.kind === 'alive') {
      this.#over = null;
      this.#lost = null;
      this.#awaySinceMs = null;
      return null;
    }
    return this.#observeOver(look, nowMs) ?? this.#observeAway(look, nowMs) ?? this.#observeLost(look, nowMs);
  }

  #observeOver(look: Sighting, nowMs: number): CallEnd | null {
    if (look.kind !== 'over') {
      // A page that does not answer does not contradict what it said before.
      if (look.kind !== 'mute') this.#over = null;
      return null;
    }
    if (this.#over?.reason !== look.reason) this.#over = { reason: look.reason, sinceMs: nowMs };
    else {
      const limit = look.contradicted ? this.#limits.contradictedMs : this.#limits.confirmMs;
      if (nowMs - this.#over.sinceMs >= limit)
        return { reason: look.reason, because: ownWords(look.matched).slice(0, 200) };
    }
    return null;
  }

  #observeAway(look: Sighting, nowMs: number): CallEnd | null {
    if (look.kind !== 'away') {
      if (look.kind !== 'mute') this.#awaySinceMs = null;
      return null;
    }
    if (this.#awaySinceMs === null) this.#awaySinceMs = nowMs;
    else if (nowMs - this.#awaySinceMs >= this.#limits.awayMs) {
      return { reason: 'page_lost', because: 'the page left the meeting' };
    }
    return null;
  }

  #observeLost(look: Sighting, nowMs: number): CallEnd | null {
    if (look.kind === 'over' && look.contradicted) {
      this.#lost = null;
      return null;
    }
    this.#lost ??= { sinceMs: nowMs, looks: 0, reconnecting: false };
    const lost = this.#lost;
    lost.looks += 1;
    lost.reconnecting ||= look.kind === 'reconnecting' || look.kind === 'mute';
    const limit = lost.reconnecting ? this.#limits.reconnectMs : this.#limits.lostMs;
    if (lost.looks < this.#limits.lostReadings || nowMs - lost.sinceMs < limit) return null;
    return {
      reason: 'page_lost',
      because: lost.reconnecting ? 'the page did not reconnect' : 'every sign of the call was gone',
    };
  }
}

/** The address of the meeting, and what the page shows. */
export interface Whereabouts {
  home: { origin: string; path: string };
  /** Null when the page did not answer. */
  url: string | null;
  /** How many signs of a call are visible; see `callMarkers`. */
  markers: number;
}

/** Translates a page's state into a sighting. */
export function sightingOf(state: MeetState, { home, url, markers }: Whereabouts): Sighting {
  const hasMarkers = markers > 0;
  if (isOver(state)) {
    return { kind: 'over', reason: reasonOf(state.kind), matched: state.matched, contradicted: hasMarkers };
  }
  // Before the call this text can also mean that there is no such meeting. In the call it means the end.
  if (state.kind === 'meeting_over') {
    return { kind: 'over', reason: 'meeting_ended', matched: state.matched, contradicted: hasMarkers };
  }
  if (state.kind === 'unreadable') return { kind: 'mute' };
  if (url !== null && !isHome(url, home)) return { kind: 'away' };
  if (state.kind === 'reconnecting') return { kind: 'reconnecting' };
  if (state.kind === 'in_call' && state.doubt) {
    const { kind, matched } = state.doubt;
    return { kind: 'over', reason: reasonOf(kind), matched, contradicted: true };
  }
  // Nobody is sent back from the call to the lobby. While the call is visible, a text of the lobby is about
  // somebody else ("is asking to join").
  return { kind: hasMarkers || state.kind === 'in_call' ? 'alive' : 'blank' };
}

function reasonOf(kind: 'removed' | 'left' | 'ended'): LeaveReason {
  return kind === 'removed' ? 'removed' : 'meeting_ended';
}

/** Compares without the query, to which a reconnect adds parameters. */
function isHome(url: string, home: { origin: string; path: string }): boolean {
  if (!URL.canParse(url)) return false;
  const { origin, pathname } = new URL(url);
  return origin === home.origin && pathname.replace(/\/$/, '') === home.path.replace(/\/$/, '');
}
