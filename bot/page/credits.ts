// Credits what was heard on the page to the people in the call. Sounds come with the id of a tile. That is a
// participant's id on some platforms; on others tiles have only names, or the tile of a newcomer makes a sound before
// the list of people has its row.
import type { Participant } from '../meeting.ts';
import type { PeopleData } from './data.ts';
import { comparableName, type Self } from './people.ts';
import type { SeenRoom } from './seen-room.ts';
import { type Sound, type SpeakerTurn, SpeakerTurns } from './turns.ts';

export class Credits {
  readonly #data: PeopleData;
  readonly #unnamedMs: number;
  readonly #turns: SpeakerTurns;
  /** The names that tiles had, by their ids. */
  readonly #names = new Map<string, string>();
  #selfIds: ReadonlySet<string> = new Set();
  #waiting: { turn: SpeakerTurn; sinceMs: number }[] = [];

  constructor(timing: { silenceMs: number; minTurnMs: number; unnamedMs: number }, data: PeopleData) {
    this.#turns = new SpeakerTurns(timing);
    this.#unnamedMs = timing.unnamedMs;
    this.#data = data;
  }

  /** Learns the names of tiles, and which of them are the bot's own. */
  know({ tiles, rows }: SeenRoom, self: Self): void {
    for (const { id, name } of [...tiles, ...(rows ?? [])]) {
      if (id !== '' && name !== '') this.#names.set(id, comparableName(name, this.#data));
    }
    this.#selfIds = new Set(self.ids);
  }

  /** Adds sounds. Returns the turns that have ended and whose speaker is known. */
  add({ sounds, nowMs }: { sounds: Sound[]; nowMs: number }, present: readonly Participant[]): SpeakerTurn[] {
    const ended = this.#turns.add(
      sounds.filter(({ id }) => !this.#selfIds.has(id)),
      nowMs,
    );
    this.#waiting.push(...ended.map((turn) => ({ turn, sinceMs: nowMs })));
    return this.#settle(present, (sinceMs) => nowMs - sinceMs >= this.#unnamedMs);
  }

  /** Ends all open turns, and returns those that are left. */
  flush(present: readonly Participant[]): SpeakerTurn[] {
    this.#waiting.push(...this.#turns.flush().map((turn) => ({ turn, sinceMs: 0 })));
    return this.#settle(present, () => true);
  }

  #settle(present: readonly Participant[], isLate: (sinceMs: number) => boolean): SpeakerTurn[] {
    const told: SpeakerTurn[] = [];
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const one of waiting) {
      const { externalId } = one.turn;
      if (this.#selfIds.has(externalId)) continue;
      const speaker = this.#speakerOf(externalId, present);
      if (speaker === 'nobody') continue;
      if (speaker !== null) told.push({ ...one.turn, externalId: speaker });
      // Nobody has come to have this id. It is told as it is: the name may come later.
      else if (isLate(one.sinceMs)) told.push(one.turn);
      else this.#waiting.push(one);
    }
    return told;
  }

  /** The participant behind a tile; null when it is not known yet, `nobody` when it can never be. */
  #speakerOf(id: string, present: readonly Participant[]): string | null {
    if (present.some(({ externalId }) => externalId === id)) return id;
    const name =
      this.#names.get(id) ?? (id.startsWith('name:') ? comparableName(id.slice(5), this.#data) : null);
    if (name === null) return null;
    const namesakes = present.filter((person) => comparableName(person.name, this.#data) === name);
    if (namesakes.length > 1) return 'nobody';
    return namesakes[0]?.externalId ?? null;
  }
}
