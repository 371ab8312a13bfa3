// Turns samples of who makes a sound into turns of who spoke from when to when. Pure.

/** A sound of one person without a gap in the samples. Times in ms since the epoch. */
export interface Sound {
  id: string;
  fromMs: number;
  toMs: number;
}

export interface SpeakerTurn {
  externalId: string;
  startedAt: Date;
  endedAt: Date;
}

/** Joins sounds to turns. A short pause belongs to a turn, and a very short sound is not a turn. */
export class SpeakerTurns {
  readonly #limits: { silenceMs: number; minTurnMs: number };
  readonly #open = new Map<string, Sound>();

  constructor(limits: { silenceMs: number; minTurnMs: number }) {
    this.#limits = limits;
  }

  /** Adds sounds, of which one may repeat an earlier one with a later end. Returns the turns that ended by `nowMs`. */
  add(sounds: Sound[], nowMs: number): SpeakerTurn[] {
    const over: SpeakerTurn[] = [];
    for (const sound of [...sounds].sort((a, b) => a.fromMs - b.fromMs)) {
      const open = this.#open.get(sound.id);
      if (open && sound.fromMs - open.toMs <= this.#limits.silenceMs) {
        open.toMs = Math.max(open.toMs, sound.toMs);
      } else {
        if (open) this.#tell(open, over);
        this.#open.set(sound.id, { ...sound });
      }
    }
    for (const open of [...this.#open.values()]) {
      if (nowMs - open.toMs > this.#limits.silenceMs) {
        this.#open.delete(open.id);
        this.#tell(open, over);
      }
    }
    return over;
  }

  /** Ends every open turn, and returns them. */
  flush(): SpeakerTurn[] {
    const over: SpeakerTurn[] = [];
    for (const open of this.#open.values()) this.#tell(open, over);
    this.#open.clear();
    return over;
  }

  #tell({ id, fromMs, toMs }: Sound, over: SpeakerTurn[]): void {
    if (toMs - fromMs < this.#limits.minTurnMs) return;
    over.push({ externalId: id, startedAt: new Date(fromMs), endedAt: new Date(toMs) });
  }
}
