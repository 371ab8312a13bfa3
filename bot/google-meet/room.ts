import { orFallback } from '../clock.ts';
import type { CallObserver, Participant } from '../meeting.ts';
import type { HeldLease } from '../runtime/lease.ts';
import type { MeetingPage } from './meeting-page.ts';
import { typeableName } from './name.ts';
import { othersIn, readRoom, type Self } from './people.ts';
import { findShown, press } from './press.ts';
import { PEOPLE_BUTTONS } from './selectors.ts';
import { drainSounds } from './speakers.ts';
import { SpeakerTurns } from './turns.ts';

/** Reads who is in the call and who spoke, and tells an observer. */
export class RoomWatch {
  readonly #meetingPage: MeetingPage;
  readonly #observer: CallObserver;
  readonly #lease: HeldLease;
  readonly #self: Self;
  readonly #turns: SpeakerTurns;
  readonly #hosts = new Set<string>();
  #panelAsked = false;
  /** What was last told, and what was last seen. Undefined: nothing yet. */
  #told: Participant[] | null | undefined;
  #seen: Participant[] | null | undefined;

  constructor(meetingPage: MeetingPage, observer: CallObserver, lease: HeldLease) {
    this.#meetingPage = meetingPage;
    this.#observer = observer;
    this.#lease = lease;
    this.#self = { name: typeableName(meetingPage.displayName), id: null };
    this.#turns = new SpeakerTurns(meetingPage.timing);
  }

  /** Reads a page that shows the call. */
  async observe(): Promise<void> {
    const { page, timing } = this.#meetingPage;
    const room = await orFallback(readRoom(page), timing.readMs, null);
    if (!room) return this.observeNothing();
    if (room.rows === null && !this.#panelAsked) {
      this.#panelAsked = true;
      const pressed = press(page, findShown(page, PEOPLE_BUTTONS), this.#lease);
      const opened = await orFallback(pressed, timing.readMs, false);
      this.#meetingPage.log.info('people_panel', { opened });
    }
    this.#see(this.#withHosts(othersIn(room, this.#self)));
    await this.tellTurns();
  }

  /** Notes that the page does not show who is in the call. */
  observeNothing(): void {
    this.#see(null);
  }

  /** Notes that the page reconnects. It may come back with its participants panel closed. */
  reconnecting(): void {
    this.#panelAsked = false;
    this.#see(null);
  }

  /** Tells the observer which turns have ended. */
  async tellTurns(): Promise<void> {
    const heard = await orFallback(
      drainSounds(this.#meetingPage.page),
      this.#meetingPage.timing.readMs,
      null,
    );
    if (!heard) return;
    const sounds = heard.sounds.filter(({ id }) => id !== this.#self.id);
    for (const turn of this.#turns.add(sounds, heard.nowMs)) this.#observer.onSpeakerTurn(turn);
  }

  /** Ends the turns that are still open, and tells the observer. */
  close(): void {
    for (const turn of this.#turns.flush()) this.#observer.onSpeakerTurn(turn);
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
}

function isSame(a: Participant[] | null | undefined, b: Participant[] | null | undefined): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** Whether nobody has left, and there is at least one person. */
function isMore(now: Participant[] | null, before: Participant[]): boolean {
  if (now === null || now.length === 0) return false;
  return before.every(({ externalId }) => now.some((person) => person.externalId === externalId));
}
