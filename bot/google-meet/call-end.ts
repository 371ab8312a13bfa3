// Decides from a row of looks at the page whether the call is over. Pure: time
// comes with each look. Three tiers, each named after what went wrong without it:
//
//   the page says so        twice in a row, then at once
//   every sign is gone      30 s and at least 3 looks: a reconnecting page loses
//                           everything for a moment, and a look may take 55 s
//   the page reconnects     5 min, or does not answer at all
//
// Any look at a living call starts all over.
import type { LeaveReason } from '@meeboter/domain/reasons.ts';
import type { CallEnd } from '../meeting.ts';
import { ownWords } from './own-words.ts';
import type { MeetState } from './state.ts';
import { isOver } from './state.ts';
import type { Timing } from './timing.ts';

/** One look at the page, as far as the end of the call is concerned. */
export type Sighting =
  | { kind: 'alive' }
  /** The page says that it is over; contradicted when it also still looks like the call. */
  | { kind: 'over'; reason: LeaveReason; matched: string; contradicted: boolean }
  | { kind: 'reconnecting' }
  /** The page did not answer. */
  | { kind: 'mute' }
  /** Nothing of the call is left, and no word why. */
  | { kind: 'blank' }
  /** The address is another one than the meeting's. */
  | { kind: 'away' }
  /** Closed or crashed. */
  | { kind: 'gone' };

type Limits = Pick<
  Timing,
  'contradictedMs' | 'lostMs' | 'lostReadings' | 'reconnectMs' | 'awayMs' | 'confirmMs'
>;

/** Collects the looks of one call. */
export class CallEndDetector {
  readonly #limits: Limits;
  /** Since when, and how often, each kind of bad look has been seen without a good one between. */
  #over: { reason: LeaveReason; sinceMs: number } | null = null;
  #lost: { sinceMs: number; looks: number; reconnecting: boolean } | null = null;
  #awaySinceMs: number | null = null;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  /** True while something looks like the end: look again soon. */
  get suspects(): boolean {
    return this.#over !== null || this.#awaySinceMs !== null;
  }

  /** Takes one look into account. Returns the end of the call once it is certain. */
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
      // A page that does not answer takes nothing back.
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

/** Where the call is, and what of it can be seen. */
export interface Whereabouts {
  home: { origin: string; path: string };
  /** Null when the page did not answer. */
  url: string | null;
  /** Signs that only a call shows; see `callMarkers`. */
  markers: number;
}

/** What a state means for the end of the call. */
export function sightingOf(state: MeetState, { home, url, markers }: Whereabouts): Sighting {
  const hasMarkers = markers > 0;
  if (isOver(state)) {
    return { kind: 'over', reason: reasonOf(state.kind), matched: state.matched, contradicted: hasMarkers };
  }
  // In the call, "this meeting has ended" has but one meaning.
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
  // Once in, nobody is sent back to the lobby: a text that looks like it ("is
  // asking to join") is about somebody else while the call is still to be seen.
  return { kind: hasMarkers || state.kind === 'in_call' ? 'alive' : 'blank' };
}

function reasonOf(kind: 'removed' | 'left' | 'ended'): LeaveReason {
  return kind === 'removed' ? 'removed' : 'meeting_ended';
}

/** A reconnect adds to the query, and only to it. */
function isHome(url: string, home: { origin: string; path: string }): boolean {
  if (!URL.canParse(url)) return false;
  const { origin, pathname } = new URL(url);
  return origin === home.origin && pathname.replace(/\/$/, '') === home.path.replace(/\/$/, '');
}
