// One simulated meeting: its people, its guests, and what its scenario does to them. It does not know HTTP.
// Media goes through the far end that it is given.
import type { FarEnd } from '../far-end/far-end.ts';
import { LabProblem } from '../http/problem.ts';
import type { Action } from './action.ts';
import { Guest, type RoomPerson, type Signal } from './guest.ts';
import type { MeetingAddress } from './link.ts';
import { type ChatLine, type LeftBy, type PersonStay, type Presence, stamp } from './presence.ts';
import { type Person, peopleOf, type Scenario } from './scenario.ts';
import { Timers } from './timers.ts';
import { Turns } from './turns.ts';

/** A page that has knocked must open its event stream within this time. Otherwise it counts as gone. */
const ATTACH_WITHIN_MS = 3_000;
/** A guest in the call costs the far end's browser a connection with picture and sound. */
const MOST_GUESTS_AT_ONCE = 50;
const MOST_KNOCKS = 2_000;
const MOST_CHAT_LINES = 10_000;

/** Calls `does` for every item. */
function each<T>(items: T[], does: (item: T) => void): void {
  for (const item of items) does(item);
}

export class Room {
  readonly code: string;
  /** The path and query of the meeting's link. */
  readonly path: string;
  readonly #passcode: string | null;
  readonly scenario: Scenario;
  readonly #people: Person[];
  readonly #farEnd: FarEnd;
  readonly #guests = new Map<string, Guest>();
  readonly #present = new Map<string, PersonStay>();
  readonly #stays: PersonStay[] = [];
  readonly #chat: ChatLine[] = [];
  readonly #timers = new Timers();
  readonly #turns: Turns;
  #begun = false;
  #endedAt: string | null = null;

  constructor({ code, path, passcode }: MeetingAddress, scenario: Scenario, farEnd: FarEnd) {
    this.code = code;
    this.path = path;
    this.#passcode = passcode;
    this.scenario = scenario;
    this.#farEnd = farEnd;
    this.#people = peopleOf(scenario);
    this.#turns = new Turns(
      scenario,
      () => this.#people.filter((person) => this.#present.has(person.id)),
      () => this.#roomChanged(),
    );
    for (const person of this.#people) if (person.joinsAfterMs === 0) this.#join(person);
  }

  get ended(): boolean {
    return this.#endedAt !== null;
  }

  presence(): Presence {
    return structuredClone({
      code: this.code,
      ended_at: this.#endedAt,
      guests: [...this.#guests.values()].map((guest) => guest.stay),
      participants: this.#stays,
      turns: this.#turns.log,
      chat: this.#chat,
    });
  }

  /** Whether this is the meeting's passcode. Everything is, where the meeting has none. */
  opensWith(passcode: string): boolean {
    return this.#passcode === null || this.#passcode === passcode;
  }

  /** A guest asks to join. Rejects when there are too many, and when the far end cannot be started. */
  async knock(knock: { name: string; microphone_on: boolean; camera_on: boolean }): Promise<Guest> {
    const present = [...this.#guests.values()].filter((guest) => !guest.gone);
    if (present.length >= MOST_GUESTS_AT_ONCE || this.#guests.size >= MOST_KNOCKS) {
      throw new LabProblem(429, 'meeting_full', 'this meeting takes no more guests');
    }
    if (this.#people.length > 0) await this.#farEnd.ready();
    const guest = new Guest(knock);
    this.#guests.set(guest.id, guest);
    guest.timers.after(ATTACH_WITHIN_MS, () => {
      if (!guest.attached) this.leave(guest, 'closed');
    });
    const { scenario } = this;
    if (scenario.captcha === 'on_knock') guest.send({ type: 'over', why: 'captcha' });
    else if (scenario.blocked === 'on_knock') guest.send({ type: 'over', why: 'blocked' });
    else if (scenario.access === 'open') this.#admit(guest);
    else {
      guest.send({ type: 'lobby' });
      const { deny_after_ms, no_response_after_ms } = scenario;
      guest.timers.after(deny_after_ms, () => this.leave(guest, 'denied'));
      guest.timers.after(no_response_after_ms, () => this.leave(guest, 'no_response'));
      const admits = !scenario.never_admit && deny_after_ms === null && no_response_after_ms === null;
      guest.timers.after(admits ? scenario.admit_after_ms : null, () => this.#admit(guest));
    }
    return guest;
  }

  guest(id: string): Guest | undefined {
    return this.#guests.get(id);
  }

  /** Ends a guest's stay. Tells the guest's page, unless the page itself ended it. */
  leave(guest: Guest, by: LeftBy): void {
    if (!guest.end(by)) return;
    if (by !== 'self' && by !== 'closed') guest.send({ type: 'over', why: by });
    this.#farEnd.disconnect(guest.id);
    if (!this.#inCall().length) this.#turns.stop();
    this.#roomChanged();
  }

  /** Notes that the guest accepted the dialog in the call. From then on it gets media. */
  consent(guest: Guest): void {
    if (!guest.owesConsent || !guest.inCall) return;
    guest.owesConsent = false;
    guest.stay.consented_at = stamp();
    this.#connect(guest);
  }

  /** Writes a chat line, by a guest or (null) by a simulated person. A chat that is full takes no more. */
  say(from: string, guest: Guest | null, text: string): void {
    if (this.#chat.length >= MOST_CHAT_LINES)
      throw new LabProblem(429, 'chat_full', 'this chat takes no more lines');
    const message: ChatLine = {
      id: `msg-${this.#chat.length + 1}`,
      at: stamp(),
      from,
      guest_id: guest?.id ?? null,
      text,
    };
    this.#chat.push(message);
    for (const one of this.#inCall()) one.send({ type: 'chat', message });
  }

  signal(guest: Guest, signal: Signal): void {
    if (guest.inCall) this.#farEnd.signal(guest.id, signal);
  }

  /** Does an action. It changes nothing for guests to whom it cannot apply. */
  act(action: Action): void {
    const only = 'guest_id' in action ? action.guest_id : undefined;
    const guests = [...this.#guests.values()].filter((guest) => only === undefined || guest.id === only);
    const waiting = guests.filter((guest) => guest.waiting);
    const inCall = guests.filter((guest) => guest.inCall);
    switch (action.action) {
      case 'admit':
        each(waiting, (guest) => this.#admit(guest));
        break;
      case 'deny':
        each(waiting, (guest) => this.leave(guest, 'denied'));
        break;
      case 'no_response':
        each(waiting, (guest) => this.leave(guest, 'no_response'));
        break;
      case 'remove':
        each(inCall, (guest) => this.leave(guest, 'removed'));
        break;
      case 'reconnect':
        each(inCall, (guest) => this.#loseNetwork(guest, action.for_ms));
        break;
      case 'toast':
        each(inCall, (guest) => guest.send({ type: 'toast', text: action.text }));
        break;
      case 'chat':
        this.say(action.name ?? this.#people[0]?.name ?? 'Somebody', null, action.text);
        break;
      case 'everyone_leaves':
        each(this.#people, (person) => this.#part(person));
        break;
      case 'everyone_returns':
        each(this.#people, (person) => this.#join(person));
        break;
      case 'end':
        this.end();
        break;
      default:
        action satisfies never;
    }
  }

  /** Ends the meeting for everyone, as a host does. Its link no longer works. */
  end(): void {
    if (this.ended) return;
    this.#endedAt = stamp();
    this.#timers.clear();
    for (const guest of this.#guests.values()) this.leave(guest, 'ended');
    for (const person of this.#people) this.#part(person);
  }

  #inCall(): Guest[] {
    return [...this.#guests.values()].filter((guest) => guest.inCall);
  }

  #admit(guest: Guest): void {
    if (!guest.waiting) return;
    const { scenario } = this;
    guest.timers.clear();
    guest.stay.admitted_at = stamp();
    guest.owesConsent = scenario.consent === 'after' || scenario.consent === 'both';
    guest.send({ type: 'call', consent: guest.owesConsent, popups: scenario.popups });
    if (!guest.owesConsent) this.#connect(guest);
    guest.timers.after(scenario.remove_bot_after_ms, () => this.leave(guest, 'removed'));
    if (scenario.reconnect) {
      const { after_ms, for_ms } = scenario.reconnect;
      guest.timers.after(after_ms, () => this.#loseNetwork(guest, for_ms));
    }
    this.#begin();
    this.#turns.start();
    this.#roomChanged();
  }

  /** Starts the meeting's timers, at the first admission. */
  #begin(): void {
    if (this.#begun) return;
    this.#begun = true;
    const { scenario } = this;
    for (const person of this.#people) {
      if (person.joinsAfterMs > 0) this.#timers.after(person.joinsAfterMs, () => this.#join(person));
      this.#timers.after(person.leavesAfterMs, () => this.#part(person));
    }
    for (const line of scenario.chat) {
      this.#timers.after(line.after_ms, () => this.say(line.name, null, line.text));
    }
    this.#timers.after(scenario.everyone_leaves_after_ms, () => this.act({ action: 'everyone_leaves' }));
    this.#timers.after(scenario.end_after_ms, () => this.end());
    const trap = 'Last week Tom was removed from the meeting by mistake, sorry about that.';
    if (scenario.popups) this.#timers.after(500, () => this.act({ action: 'chat', text: trap }));
  }

  #loseNetwork(guest: Guest, forMs: number): void {
    if (guest.reconnecting) return;
    guest.reconnecting = true;
    guest.send({ type: 'reconnecting' });
    this.#farEnd.disconnect(guest.id);
    guest.timers.after(forMs, () => {
      guest.reconnecting = false;
      guest.send({ type: 'reconnected' });
      if (!guest.owesConsent) this.#connect(guest);
      this.#roomChanged();
    });
  }

  #connect(guest: Guest): void {
    if (this.#people.length === 0) return;
    this.#farEnd.connect({
      guestId: guest.id,
      code: this.code,
      people: this.#people,
      present: [...this.#present.keys()],
      speaking: this.#turns.speaking,
      toGuest: (signal) => guest.send({ type: 'signal', signal }),
    });
  }

  #join(person: Person): void {
    if (this.#present.has(person.id) || this.ended) return;
    const stay = { name: person.name, tone_hz: person.toneHz, joined_at: stamp(), left_at: null };
    this.#stays.push(stay);
    this.#present.set(person.id, stay);
    this.#roomChanged();
  }

  #part(person: Person): void {
    const stay = this.#present.get(person.id);
    if (!stay) return;
    stay.left_at = stamp();
    this.#present.delete(person.id);
    this.#turns.silence(person.id);
    this.#roomChanged();
  }

  /** Tells the pages and the far end who is in the meeting and who speaks. */
  #roomChanged(): void {
    const inCall = this.#inCall();
    if (inCall.length === 0) return;
    const people: RoomPerson[] = this.#people
      .filter((person) => this.#present.has(person.id))
      .map((person) => ({ id: person.id, name: person.name, is_host: person.isHost }));
    const guests = inCall.map((guest) => ({ id: guest.id, name: guest.stay.name, is_host: false }));
    const { speaking } = this.#turns;
    for (const guest of inCall) guest.send({ type: 'room', people, guests, speaking });
    this.#farEnd.update(this.code, { present: [...this.#present.keys()], speaking });
  }
}
