// Who spoke from when to when, out of samples that say who sounds right now. Pure.

/** Somebody sounded without a gap in the samples; times in ms since the epoch. */
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

/** Joins sounds to turns: a pause for breath is part of a turn, a cough is none. */
export class SpeakerTurns {
  readonly #limits: { silenceMs: number; minTurnMs: number };
  readonly #open = new Map<string, Sound>();

  constructor(limits: { silenceMs: number; minTurnMs: number }) {
    this.#limits = limits;
  }

  /** Takes new sounds (a sound may be told again, longer); returns the turns that are over by `nowMs`. */
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

  /** Ends every open turn: the call is over, or the page cannot be heard. */
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
