import { randomUUID } from 'node:crypto';
import type { Person } from './people.ts';
import { type Caption, type ChatLine, type GuestStay, type LeftBy, stamp } from './presence.ts';
import { Timers } from './timers.ts';

/** A WebRTC message between a guest's page and the far end. The lab only passes it on. */
export type Signal = Record<string, unknown>;

export interface RoomPerson {
  id: string;
  name: string;
  is_host: boolean;
  /** Guests have no account, so that nobody has checked their names. */
  badge: Person['badge'];
}

/** Why a page shows that the call is over or never began. */
export type Ending = 'denied' | 'no_response' | 'removed' | 'ended' | 'idle' | 'captcha' | 'blocked';

/** An event that the lab sends to a guest's page. */
export type GuestEvent =
  | { type: 'lobby' }
  /** The lobby's connection is dead. The page closes its stream, and goes on showing what is left. */
  | { type: 'dead_lobby'; shows: 'words' | 'empty' }
  /** The page goes to the platform's start page without a word. */
  | { type: 'bounce' }
  | { type: 'call'; consent: boolean; popups: boolean }
  | { type: 'room'; people: RoomPerson[]; guests: RoomPerson[]; speaking: string[] }
  | { type: 'chat'; message: ChatLine }
  | { type: 'toast'; text: string }
  | { type: 'reconnecting' }
  /** `self_id`: the guest's id in `room` events from now on. */
  | { type: 'reconnected'; self_id: string }
  | { type: 'still_there'; within_ms: number }
  | { type: 'unmute_request' }
  /** A caption as it is now; later ones with the same id replace it. */
  | { type: 'caption'; caption: Caption }
  | { type: 'signal'; signal: Signal }
  | { type: 'over'; why: Ending };

const newId = () => `guest-${randomUUID().slice(0, 8)}`;

/** One guest of a meeting: one knock, one page, one row in the presence log. */
export class Guest {
  readonly id = newId();
  /** The guest's id on everybody's page, which a reconnect may change. */
  shownId = this.id;
  readonly timers = new Timers();
  readonly stay: GuestStay;
  reconnecting = false;
  owesConsent = false;
  /** The knock came to nothing: nobody can admit this guest. */
  dead = false;
  /** Asked whether it is still there, and has not answered. */
  owesSign = false;
  /** Whether an event stream is or was open. */
  attached = false;
  #held: GuestEvent[] = [];
  #deliver: ((event: GuestEvent) => void) | null = null;

  constructor(knock: { name: string; microphone_on: boolean; camera_on: boolean }) {
    this.stay = {
      guest_id: this.id,
      ...knock,
      knocked_at: stamp(),
      admitted_at: null,
      consented_at: null,
      unmuted_at: null,
      left_at: null,
      left_by: null,
    };
  }

  takeNewId(): void {
    this.shownId = newId();
  }

  get waiting(): boolean {
    return this.stay.admitted_at === null && !this.gone;
  }

  get inCall(): boolean {
    return this.stay.admitted_at !== null && !this.gone;
  }

  get gone(): boolean {
    return this.stay.left_at !== null;
  }

  /** Sends an event to the page, or keeps it until the page listens. */
  send(event: GuestEvent): void {
    if (this.#deliver) this.#deliver(event);
    else this.#held.push(event);
  }

  attach(deliver: (event: GuestEvent) => void): void {
    this.attached = true;
    this.#deliver = deliver;
    for (const event of this.#held.splice(0)) deliver(event);
  }

  /** Ends the stay. Returns false when it had already ended. */
  end(by: LeftBy): boolean {
    if (this.gone) return false;
    this.stay.left_at = stamp();
    this.stay.left_by = by;
    this.timers.clear();
    return true;
  }
}
