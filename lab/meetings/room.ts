// One simulated meeting: its people, its guests, and what its scenario does to them. It does not know HTTP.
// Media goes through the far end that it is given.
import { randomInt } from 'node:crypto';
import type { FarEnd } from '../far-end/far-end.ts';
import { LabProblem } from '../http/problem.ts';
import type { Action } from './action.ts';
import { Captions } from './captions.ts';
import { Guest, type RoomPerson, type Signal } from './guest.ts';
import type { MeetingAddress } from './link.ts';
import { isCalled, type Person, peopleOf } from './people.ts';
import {
  type ChatLine,
  type LeftBy,
  type PersonStay,
  type Presence,
  type Rename,
  stamp,
} from './presence.ts';
import type { Scenario } from './scenario.ts';
import { Timers } from './timers.ts';
import { Turns } from './turns.ts';

/** A page that has knocked must open its event stream within this time. Otherwise it counts as gone. */
const ATTACH_WITHIN_MS = 3_000;
/** A guest in the call costs the far end's browser a connection with picture and sound. */
const MOST_GUESTS_AT_ONCE = 50;
const MOST_KNOCKS = 2_000;
const MOST_CHAT_LINES = 10_000;
const MOST_RENAMES = 10_000;
/** How long the lobby is shown before the page goes to the platform's start page. */
const BOUNCE_AFTER_MS = 500;

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
  readonly #renames: Rename[] = [];
  readonly #turns: Turns;
  readonly #captions = new Captions((caption) => {
    for (const guest of this.#inCall()) guest.send({ type: 'caption', caption });
  });
  /** How many visits or knocks came to nothing so far. */
  #bounces = 0;
  #deadLobbies = 0;
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
      renames: this.#renames,
      turns: this.#turns.log,
      captions: this.#captions.log,
      chat: this.#chat,
    });
  }

  /** Whether this is the meeting's passcode. Everything is, where the meeting has none. */
  opensWith(passcode: string): boolean {
    return this.#passcode === null || this.#passcode === passcode;
  }

  /** Whether this visit, or this knock, ends at the platform's start page. Counts it. */
  bounces(when: 'before' | 'after'): boolean {
    const { bounce } = this.scenario;
    if (bounce?.when !== when || this.#bounces >= bounce.times) return false;
    this.#bounces += 1;
    return true;
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
    this.#answerKnock(guest);
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

  /** Notes that the guest says it is still there. */
  stillHere(guest: Guest): void {
    guest.owesSign = false;
  }

  /** Notes that the guest turned its microphone on in the call. */
  unmuted(guest: Guest): void {
    if (guest.inCall) guest.stay.unmuted_at ??= stamp();
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
        each(inCall, (guest) => this.#loseNetwork(guest, action));
        break;
      case 'toast':
        each(inCall, (guest) => guest.send({ type: 'toast', text: action.text }));
        break;
      case 'chat':
        this.say(action.name ?? this.#people[0]?.name ?? 'Somebody', null, action.text);
        break;
      case 'rename':
        this.#rename(action.name, action.to);
        break;
      case 'still_there':
        each(inCall, (guest) => this.#askIfThere(guest));
        break;
      case 'unmute_request':
        each(inCall, (guest) => guest.send({ type: 'unmute_request' }));
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

  #answerKnock(guest: Guest): void {
    const { scenario } = this;
    if (scenario.captcha === 'on_knock') guest.send({ type: 'over', why: 'captcha' });
    else if (scenario.blocked === 'on_knock') guest.send({ type: 'over', why: 'blocked' });
    else if (this.#isLost(guest)) guest.dead = true;
    else if (scenario.access === 'open') this.#admit(guest);
    else {
      guest.send({ type: 'lobby' });
      const { deny_after_ms, no_response_after_ms } = scenario;
      guest.timers.after(deny_after_ms, () => this.leave(guest, 'denied'));
      guest.timers.after(no_response_after_ms, () => this.leave(guest, 'no_response'));
      const admits = !scenario.never_admit && deny_after_ms === null && no_response_after_ms === null;
      guest.timers.after(admits ? scenario.admit_after_ms : null, () => this.#admit(guest));
    }
  }

  /** Whether the knock comes to nothing although the page shows a lobby. Then it does what happens there. */
  #isLost(guest: Guest): boolean {
    const { dead_lobby } = this.scenario;
    if (this.bounces('after')) {
      guest.send({ type: 'lobby' });
      guest.timers.after(BOUNCE_AFTER_MS, () => guest.send({ type: 'bounce' }));
      return true;
    }
    if (!dead_lobby || this.#deadLobbies >= dead_lobby.times) return false;
    this.#deadLobbies += 1;
    guest.send({ type: 'lobby' });
    const { shows, after_ms } = dead_lobby;
    guest.timers.after(after_ms, () => guest.send({ type: 'dead_lobby', shows }));
    return true;
  }

  #admit(guest: Guest): void {
    if (!guest.waiting || guest.dead) return;
    const { scenario } = this;
    guest.timers.clear();
    guest.stay.admitted_at = stamp();
    guest.owesConsent = scenario.consent === 'after' || scenario.consent === 'both';
    guest.send({ type: 'call', consent: guest.owesConsent, popups: scenario.popups });
    if (!guest.owesConsent) this.#connect(guest);
    this.#planStay(guest);
    this.#begin();
    this.#turns.start();
    this.#roomChanged();
  }

  /** Starts the timers that count from a guest's own admission. */
  #planStay(guest: Guest): void {
    const { remove_bot_after_ms, removed_within_ms, reconnect, ...scenario } = this.scenario;
    guest.timers.after(remove_bot_after_ms, () => this.leave(guest, 'removed'));
    const removal = removed_within_ms === null ? null : randomInt(removed_within_ms + 1);
    guest.timers.after(removal, () => this.leave(guest, 'removed'));
    guest.timers.after(scenario.still_there_after_ms, () => this.#askIfThere(guest));
    guest.timers.after(scenario.unmute_request_after_ms, () => guest.send({ type: 'unmute_request' }));
    if (reconnect) guest.timers.after(reconnect.after_ms, () => this.#loseNetwork(guest, reconnect));
  }

  #askIfThere(guest: Guest): void {
    const within_ms = this.scenario.still_there_within_ms;
    guest.owesSign = true;
    guest.send({ type: 'still_there', within_ms });
    guest.timers.after(within_ms, () => {
      if (guest.owesSign) this.leave(guest, 'idle');
    });
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
    for (const { name, to, at_ms } of scenario.rename) {
      this.#timers.after(at_ms, () => this.#rename(name, to));
    }
    this.#timers.after(scenario.everyone_leaves_after_ms, () => this.act({ action: 'everyone_leaves' }));
    this.#timers.after(scenario.end_after_ms, () => this.end());
    const trap = 'Last week Tom was removed from the meeting by mistake, sorry about that.';
    if (scenario.popups) this.#timers.after(500, () => this.act({ action: 'chat', text: trap }));
  }

  #rename(name: string, to: string): void {
    const present = this.#people.filter(({ id }) => this.#present.has(id));
    const person = present.find((one) => one.name === name) ?? present.find((one) => isCalled(one, name));
    if (!person || this.#renames.length >= MOST_RENAMES) return;
    this.#renames.push({ person_id: person.id, at: stamp(), from: person.name, to });
    person.name = to;
    this.#roomChanged();
  }

  #loseNetwork(guest: Guest, { for_ms, new_id }: { for_ms: number; new_id: boolean }): void {
    if (guest.reconnecting) return;
    guest.reconnecting = true;
    guest.send({ type: 'reconnecting' });
    this.#farEnd.disconnect(guest.id);
    guest.timers.after(for_ms, () => {
      guest.reconnecting = false;
      if (new_id) guest.takeNewId();
      guest.send({ type: 'reconnected', self_id: guest.shownId });
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
      mixed: this.scenario.platform === 'zoom',
      present: [...this.#present.keys()],
      speaking: this.#turns.speaking,
      toGuest: (signal) => guest.send({ type: 'signal', signal }),
    });
  }

  #join(person: Person): void {
    if (this.#present.has(person.id) || this.ended) return;
    const { id: person_id, name, toneHz: tone_hz } = person;
    const stay = { person_id, name, tone_hz, joined_at: stamp(), left_at: null };
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
    if (inCall.length === 0) {
      this.#captions.stop();
      return;
    }
    const people: RoomPerson[] = this.#people
      .filter((person) => this.#present.has(person.id))
      .map((person) => ({ id: person.id, name: person.name, is_host: person.isHost, badge: person.badge }));
    const guests: RoomPerson[] = inCall.map((guest) => ({
      ...{ id: guest.shownId, name: guest.stay.name },
      ...{ is_host: false, badge: 'unverified' },
    }));
    const { speaking } = this.#turns;
    this.#captions.update(this.#people.filter(({ id }) => speaking.includes(id)));
    for (const guest of inCall) guest.send({ type: 'room', people, guests, speaking });
    this.#farEnd.update(this.code, { present: [...this.#present.keys()], speaking });
  }
}
