// The meeting's own log of which runtime was present from when to when, by one clock. A fault run is judged by
// this log, not by what bots report.

export interface Presence {
  botId: string;
  runtimeId: string;
  fromMs: number;
  /** Null while it is present. */
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

  /** Bots of which two runtimes were present at the same time. */
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
