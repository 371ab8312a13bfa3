import { orFallback } from '../clock.ts';
import type { CallObserver, Participant } from '../meeting.ts';
import type { HeldLease } from '../runtime/lease.ts';
import { Credits } from './credits.ts';
import type { MeetingPage } from './meeting-page.ts';
import { typeableName } from './name.ts';
import { othersIn, type SeenOthers, type Self, unknownSelf } from './people.ts';
import { findShown, press } from './press.ts';
import { readRoom, type SeenRoom } from './seen-room.ts';
import { sinceMs } from './since.ts';
import { drainSounds } from './speakers.ts';

/** The button that shows the list is pressed less and less often when no list appears. */
const OPEN_LIST_MAX_MS = 60_000;

/** Reads who is in the call and who spoke, and tells an observer. */
export class RoomWatch {
  readonly #meetingPage: MeetingPage;
  readonly #observer: CallObserver;
  readonly #lease: HeldLease;
  readonly #self: Self;
  readonly #credits: Credits;
  readonly #hosts = new Set<string>();
  readonly #noticed = new Set<string>();
  #opensAtMs = Number.NEGATIVE_INFINITY;
  #openPauseMs: number;
  readonly #beganAtMs: number;
  #scrollsAtMs = Number.NEGATIVE_INFINITY;
  /** For how long the others were heard while nothing showed who speaks, in ms; null when that is not known. */
  #unseenSpeechMs: number | null = null;
  /** Since when the call has others, and since when it lacks a sound track or the sight of people. */
  #companySinceMs: number | null = null;
  #muteSinceMs: number | null = null;
  #unseenSinceMs: number | null = null;
  /** The others as they were last taken to be, in the order in which they were last seen. */
  #present: Participant[] = [];
  /** Ids by which people were first seen, by the ids that the page gives them since they changed their names. */
  readonly #renamed = new Map<string, string>();
  /** What was last told, and what was last seen. Undefined: nothing yet. */
  #told: Participant[] | null | undefined;
  #seen: Participant[] | null | undefined;

  constructor(meetingPage: MeetingPage, observer: CallObserver, lease: HeldLease) {
    this.#meetingPage = meetingPage;
    this.#observer = observer;
    this.#lease = lease;
    this.#self = unknownSelf(meetingPage.nameShown ?? typeableName(meetingPage.displayName));
    this.#credits = new Credits(meetingPage.timing, meetingPage.data.people);
    this.#openPauseMs = meetingPage.timing.openListMs;
    this.#beganAtMs = meetingPage.nowMs();
  }

  /** Reads a page that shows the call. `alone`: the page says in words that nobody else is there. */
  async observe({ alone }: { alone: boolean }): Promise<void> {
    const { timing, data, nowMs } = this.#meetingPage;
    const scroll = nowMs() >= this.#scrollsAtMs;
    const room = await orFallback(readRoom(this.#meetingPage, { scroll }), timing.readMs, null);
    if (!room) return this.observeNothing();
    if (room.scrolls && scroll) this.#scrollsAtMs = nowMs() + timing.scrollListMs;
    await this.#showList(room);
    const seen = othersIn(room, this.#self, data.people, alone);
    this.#credits.know(room, this.#self);
    const others = seen && !this.#comesUp(room, seen) ? this.#whole(seen, room.whole) : null;
    this.#see(this.#withHosts(others));
    await this.tellTurns();
    this.#notice(room, others);
  }

  /**
   * Whether the list of people is still on its way, and the tiles show only some of those that the page counts: who was
   * there when the bot came in is told at once, and not the speaker first.
   */
  #comesUp(room: SeenRoom, { hidden }: SeenOthers): boolean {
    const { nowMs, timing } = this.#meetingPage;
    return !this.#told && room.rows === null && hidden > 0 && nowMs() - this.#beganAtMs < timing.listMs;
  }

  /** Notes that the page does not show who is in the call. */
  observeNothing(): void {
    this.#see(null);
  }

  /** Notes that the page reconnects. It may come back with its participants panel closed, and with new ids. */
  reconnecting(): void {
    this.#opensAtMs = Number.NEGATIVE_INFINITY;
    this.#openPauseMs = this.#meetingPage.timing.openListMs;
    this.#see(null);
  }

  /** Tells the observer which turns have ended. */
  async tellTurns(): Promise<void> {
    const { timing } = this.#meetingPage;
    const heard = await orFallback(drainSounds(this.#meetingPage), timing.readMs, null);
    if (!heard) return;
    this.#unseenSpeechMs = heard.unseenSpeechMs;
    if (heard.signal) this.#noticed.add('no_speaker_signal');
    if (heard.sounds.some(({ id }) => !this.#self.ids.has(id))) this.#observer.onSound();
    for (const turn of this.#credits.add(heard, this.#present)) this.#observer.onSpeakerTurn(turn);
  }

  /** Ends the turns that are still open, and tells the observer. */
  close(): void {
    for (const turn of this.#credits.flush(this.#present)) this.#observer.onSpeakerTurn(turn);
  }

  /** Presses the button that shows the list of people while there is none: it opens late, or another panel takes its place. */
  async #showList(room: SeenRoom): Promise<void> {
    const { page, timing, data, nowMs, log } = this.#meetingPage;
    if (room.rows !== null) {
      // A list that goes away is shown again at once, but not again and again.
      this.#opensAtMs = Math.min(this.#opensAtMs, nowMs() + timing.openListMs);
      this.#openPauseMs = timing.openListMs;
      return;
    }
    if (nowMs() < this.#opensAtMs) return;
    const pressed = press(page, findShown(this.#meetingPage, data.people.openButtons), this.#lease);
    const opened = await orFallback(pressed, timing.readMs, false);
    this.#opensAtMs = nowMs() + this.#openPauseMs;
    if (opened) this.#openPauseMs = Math.min(OPEN_LIST_MAX_MS, this.#openPauseMs * 2);
    log.info('people_panel', { opened });
  }

  /**
   * All the others, also when the page shows only some of them: whoever was there before and is not shown now has not
   * left while the page's count says that there are more, or while only a part of the list was read.
   */
  #whole({ others: seen, hidden }: SeenOthers, wasWhole: boolean): Participant[] {
    const others = this.#knownByName(seen, hidden === 0 && wasWhole);
    const shown = new Set(others.map(({ externalId }) => externalId));
    const missing = this.#present.filter(({ externalId }) => !shown.has(externalId));
    const kept = wasWhole ? missing.slice(0, hidden) : missing;
    this.#present = [...others, ...kept];
    return this.#present;
  }

  /**
   * People whose ids are their names, under the ids by which they were first seen. When one name goes and another comes
   * between two looks, the person has changed it: to leave and to come takes longer.
   */
  #knownByName(seen: Participant[], isWhole: boolean): Participant[] {
    const known = (person: Participant) => {
      const id = this.#renamed.get(person.externalId);
      return id === undefined ? person : { ...person, externalId: id };
    };
    const others = seen.map(known);
    if (!isWhole || others.length !== this.#present.length) return others;
    const isIn = (list: Participant[], { externalId }: Participant) =>
      list.some((one) => one.externalId === externalId);
    const gone = this.#present.filter((person) => !isIn(others, person));
    const come = others.filter((person) => !isIn(this.#present, person));
    const [old, now] = [gone[0], come[0]];
    if (gone.length !== 1 || come.length !== 1 || !old || !now) return others;
    if (!old.externalId.startsWith('name:') || !now.externalId.startsWith('name:')) return others;
    this.#renamed.set(now.externalId, old.externalId);
    return others.map((person) => (person === now ? { ...person, externalId: old.externalId } : person));
  }

  /** Only the list shows who is a host. The tiles, which are read when there is no list, do not. */
  #withHosts(others: Participant[] | null): Participant[] | null {
    for (const { externalId, isHost } of others ?? []) if (isHost) this.#hosts.add(externalId);
    return others?.map((person) => ({ ...person, isHost: this.#hosts.has(person.externalId) })) ?? null;
  }

  /** Tells the observer of newcomers at once, but of people who are gone only when seen twice: lists render again. */
  #see(others: Participant[] | null): void {
    const sorted = others && [...others].sort((a, b) => (a.externalId < b.externalId ? -1 : 1));
    const isStable = isSame(sorted, this.#seen);
    this.#seen = sorted;
    if (isSame(sorted, this.#told) || !(isStable || isMore(sorted, this.#told ?? []))) return;
    this.#told = sorted;
    this.#observer.onParticipants(sorted);
  }

  /** Says once what the page does not give: who speaks, a sound track, who is there. */
  #notice({ soundTracks }: SeenRoom, others: Participant[] | null): void {
    const { timing } = this.#meetingPage;
    const nowMs = this.#meetingPage.nowMs();
    const hasCompany = others !== null && others.length > 0;
    this.#companySinceMs = sinceMs(this.#companySinceMs, hasCompany, nowMs);
    this.#muteSinceMs = sinceMs(this.#muteSinceMs, hasCompany && soundTracks === 0, nowMs);
    this.#unseenSinceMs = sinceMs(this.#unseenSinceMs, others === null, nowMs);
    const isLong = (startMs: number | null) => startMs !== null && nowMs - startMs >= timing.noSignalMs;
    // People who are silent show nothing, and lack nothing.
    const speaks = this.#unseenSpeechMs === null || this.#unseenSpeechMs >= timing.noSignalMs / 9;
    if (isLong(this.#companySinceMs) && speaks)
      this.#say('no_speaker_signal', 'The page does not show who speaks.');
    if (isLong(this.#muteSinceMs)) this.#say('no_remote_audio', 'The page plays no sound of the others.');
    if (isLong(this.#unseenSinceMs))
      this.#say('people_not_shown', 'The page does not show who is in the call.');
  }

  #say(code: string, text: string): void {
    if (this.#noticed.has(code)) return;
    this.#noticed.add(code);
    this.#meetingPage.log.info('call_notice', { code });
    this.#observer.onNotice(code, text);
  }
}

function isSame(a: Participant[] | null | undefined, b: Participant[] | null | undefined): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** Whether nobody has left, and there is at least one person. */
function isMore(now: Participant[] | null, before: Participant[]): boolean {
  if (now === null || now.length === 0) return false;
  return before.every(({ externalId }) => now.some((person) => person.externalId === externalId));
}
