// Decides from successive sightings of the page whether the call is over. Pure: each sighting comes with its
// time. How long a sign of the end has to last before it counts:
//
//   the page says that it is over        until the next sighting confirms it
//   the page is back at its door         10 s: the pre-join page or the lobby, after a reload
//   the page shows something strange     10 s and at least 3 sightings: nothing of the call, but other content
//   the page shows nothing               30 s and at least 3 sightings: a page that reconnects shows nothing for a
//                                        moment, and one sighting can take 55 s
//   the page reconnects or is silent     5 min
//
// One sighting of the living call resets everything.
import type { LeaveReason } from '@meeboter/domain/reasons.ts';
import type { CallEnd } from '../meeting.ts';
import { byWhom } from './faults.ts';
import type { PageState } from './state.ts';
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
  /** The page shows something, which is nothing of the call. */
  | { kind: 'strange' }
  /** The page is where it was before the call. */
  | { kind: 'door' }
  /** The page has left the meeting's address. */
  | { kind: 'away' }
  /** The page was closed or crashed. */
  | { kind: 'gone' };

type Limits = Pick<
  Timing,
  | 'contradictedMs'
  | 'lostMs'
  | 'lostReadings'
  | 'strangeMs'
  | 'doorMs'
  | 'reconnectMs'
  | 'awayMs'
  | 'confirmMs'
>;

/** Collects the sightings of one call. */
export class CallEndDetector {
  readonly #limits: Limits;
  readonly #ownWords: (text: string) => string;
  /** Since when, and how often, each bad sign has been seen without a good sighting in between. */
  #over: { reason: LeaveReason; sinceMs: number } | null = null;
  #away: Spell | null = null;
  #door: Spell | null = null;
  #strange: Spell | null = null;
  #lost: (Spell & { reconnecting: boolean }) | null = null;

  /** `ownWords` reduces a text of the page to the platform's own phrases. */
  constructor(limits: Limits, ownWords: (text: string) => string) {
    this.#limits = limits;
    this.#ownWords = ownWords;
  }

  /** True while there is a sign of the end that needs confirmation soon. */
  get suspects(): boolean {
    return this.#over !== null || this.#away !== null;
  }

  /** Takes one sighting into account. Returns the end of the call once it is certain, else null. */
  observe(look: Sighting, nowMs: number): CallEnd | null {
    if (look.kind === 'gone') return { reason: 'page_lost', because: 'the page is gone' };
    if (look.kind === 'alive') {
      this.#over = null;
      this.#away = null;
      this.#door = null;
      this.#strange = null;
      this.#lost = null;
      return null;
    }
    return (
      this.#observeOver(look, nowMs) ??
      this.#observeAway(look, nowMs) ??
      this.#observeElsewhere(look, nowMs) ??
      this.#observeLost(look, nowMs)
    );
  }

  #observeOver(look: Sighting, nowMs: number): CallEnd | null {
    if (look.kind !== 'over') {
      // A page that does not answer does not contradict what it said before.
      if (look.kind !== 'mute') this.#over = null;
      return null;
    }
    // A page that has said that the bot was removed may show less afterwards: that the call is over.
    const isSame = this.#over?.reason === look.reason || this.#over?.reason === 'removed';
    if (!this.#over || !isSame) this.#over = { reason: look.reason, sinceMs: nowMs };
    else {
      const limit = look.contradicted ? this.#limits.contradictedMs : this.#limits.confirmMs;
      if (nowMs - this.#over.sinceMs >= limit)
        return {
          reason: this.#over.reason,
          because: this.#ownWords(look.matched).slice(0, 200),
          ...byWhom(look.matched),
        };
    }
    return null;
  }

  #observeAway(look: Sighting, nowMs: number): CallEnd | null {
    this.#away = spell(this.#away, look, 'away', nowMs);
    if (this.#away === null || nowMs - this.#away.sinceMs < this.#limits.awayMs) return null;
    return this.#away.looks < 2 ? null : { reason: 'page_lost', because: 'the page left the meeting' };
  }

  /** The page shows other content than the call. Looks at which it did not answer in between change nothing. */
  #observeElsewhere(look: Sighting, nowMs: number): CallEnd | null {
    const { doorMs, strangeMs, lostReadings } = this.#limits;
    this.#door = spell(this.#door, look, 'door', nowMs);
    this.#strange = spell(this.#strange, look, 'strange', nowMs);
    if (this.#door && this.#door.looks >= 2 && nowMs - this.#door.sinceMs >= doorMs) {
      return { reason: 'page_lost', because: 'the page is back where it was before the call' };
    }
    const strange = this.#strange;
    if (strange && strange.looks >= lostReadings && nowMs - strange.sinceMs >= strangeMs) {
      return { reason: 'page_lost', because: 'the page shows something else than the call' };
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

/** How long a sign has been there without a sign against it. */
interface Spell {
  sinceMs: number;
  looks: number;
}

/** Continues or ends the spell of a sign. A page that does not answer does not contradict what it showed before. */
function spell(known: Spell | null, look: Sighting, kind: Sighting['kind'], nowMs: number): Spell | null {
  if (look.kind === kind) return { sinceMs: known?.sinceMs ?? nowMs, looks: (known?.looks ?? 0) + 1 };
  return look.kind === 'mute' ? known : null;
}

/** Where the page is, and what it shows beside its state. */
export interface Surroundings {
  /** Whether the page has left the meeting's address. */
  isAway: boolean;
  /** How many signs of a call are visible; see `callMarkers`. */
  markers: number;
}

/** Translates a page's state into a sighting. */
export function sightingOf(state: PageState, { isAway, markers }: Surroundings): Sighting {
  const hasMarkers = markers > 0;
  if (isOver(state)) {
    return { kind: 'over', reason: reasonOf(state.kind), matched: state.matched, contradicted: hasMarkers };
  }
  // Before the call this text can also mean that there is no such meeting. In the call it means the end.
  if (state.kind === 'meeting_over') {
    return { kind: 'over', reason: 'meeting_ended', matched: state.matched, contradicted: hasMarkers };
  }
  if (state.kind === 'unreadable') return { kind: 'mute' };
  if (isAway) return { kind: 'away' };
  if (state.kind === 'reconnecting') return { kind: 'reconnecting' };
  if (state.kind === 'in_call' && state.doubt) {
    const { kind, matched } = state.doubt;
    return { kind: 'over', reason: reasonOf(kind), matched, contradicted: true };
  }
  // While the call is visible, a text of the lobby is about somebody else ("is asking to join").
  if (hasMarkers || state.kind === 'in_call') return { kind: 'alive' };
  if (state.kind === 'prejoin' || state.kind === 'lobby') return { kind: 'door' };
  return { kind: state.kind === 'splash' ? 'blank' : 'strange' };
}

function reasonOf(kind: 'removed' | 'left' | 'ended'): LeaveReason {
  return kind === 'removed' ? 'removed' : 'meeting_ended';
}
