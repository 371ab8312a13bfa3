import { isCalled, type Person } from './people.ts';
import { stamp, type Turn } from './presence.ts';
import type { Scenario } from './scenario.ts';
import { Timers } from './timers.ts';

/** Decides which of the simulated people speak, while there is a guest in the call. */
export class Turns {
  readonly log: Turn[] = [];
  readonly #open = new Map<string, Turn>();
  readonly #timers = new Timers();
  readonly #scenario: Scenario;
  readonly #present: () => Person[];
  readonly #changed: () => void;
  #running = false;
  #next = 0;

  constructor(scenario: Scenario, present: () => Person[], changed: () => void) {
    this.#scenario = scenario;
    this.#present = present;
    this.#changed = changed;
  }

  /** The ids of the people who speak now. */
  get speaking(): string[] {
    return [...this.#open.keys()];
  }

  start(): void {
    if (this.#running) return;
    this.#running = true;
    const { turns } = this.#scenario;
    if (turns === 'rotate') this.#rotate();
    if (!Array.isArray(turns)) return;
    for (const turn of turns) {
      this.#timers.after(turn.from_ms, () => this.#begin(this.#named(turn.name)));
      this.#timers.after(turn.to_ms, () => this.#end(this.#named(turn.name)));
    }
  }

  stop(): void {
    this.#running = false;
    this.#timers.clear();
    for (const id of this.speaking) this.silence(id);
  }

  /** Ends a person's turn because the person has left. */
  silence(personId: string): void {
    const turn = this.#open.get(personId);
    if (!turn) return;
    turn.ended_at = stamp();
    this.#open.delete(personId);
  }

  #rotate(): void {
    for (const id of this.speaking) this.silence(id);
    const present = this.#present();
    const speaker = present[this.#next++ % Math.max(1, present.length)];
    if (speaker) this.#begin(speaker);
    else this.#changed();
    this.#timers.after(this.#scenario.turn_ms, () => this.#rotate());
  }

  #named(name: string): Person | undefined {
    return this.#present().find((person) => isCalled(person, name));
  }

  #begin(person: Person | undefined): void {
    if (!person || this.#open.has(person.id)) return;
    const turn: Turn = { person_id: person.id, name: person.name, started_at: stamp(), ended_at: null };
    this.log.push(turn);
    this.#open.set(person.id, turn);
    this.#changed();
  }

  #end(person: Person | undefined): void {
    if (!person) return;
    this.silence(person.id);
    this.#changed();
  }
}
