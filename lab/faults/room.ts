// Who was in the meeting from when to when, by the meeting's own clock. The judge
// of a fault run reads this log, never a bot's word.

export interface Presence {
  botId: string;
  runtimeId: string;
  fromMs: number;
  /** Null: still there. */
  toMs: number | null;
}

export class Room {
  readonly log: Presence[] = [];
  readonly #present = new Map<string, Presence>();

  enter(botId: string, runtimeId: string): void {
    const presence = { botId, runtimeId, fromMs: performance.now(), toMs: null };
    this.log.push(presence);
    this.#present.set(runtimeId, presence);
  }

  leave(runtimeId: string): void {
    const presence = this.#present.get(runtimeId);
    if (!presence) return;
    presence.toMs = performance.now();
    this.#present.delete(runtimeId);
  }

  present(): Presence[] {
    return [...this.#present.values()];
  }

  of(botId: string): Presence[] {
    return this.log.filter((presence) => presence.botId === botId);
  }

  /** Bots of which two runtimes were in the room at once. */
  doubled(): string[] {
    const byBot = Map.groupBy(this.log, (presence) => presence.botId);
    return [...byBot].filter(([, stays]) => overlap(stays)).map(([botId]) => botId);
  }
}

function overlap(stays: Presence[]): boolean {
  const sorted = stays.toSorted((a, b) => a.fromMs - b.fromMs);
  return sorted.some((stay, n) => {
    const before = sorted[n - 1];
    return before !== undefined && stay.fromMs < (before.toMs ?? Number.POSITIVE_INFINITY);
  });
}
