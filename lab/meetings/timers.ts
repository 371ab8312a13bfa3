/** Timers that can be cancelled together, so that none fires after its meeting is over. */
export class Timers {
  readonly #pending = new Set<NodeJS.Timeout>();

  /** Calls `then` after `afterMs`, or never when that is null. */
  after(afterMs: number | null, then: () => void): void {
    if (afterMs === null) return;
    const timer = setTimeout(() => {
      this.#pending.delete(timer);
      then();
    }, afterMs);
    this.#pending.add(timer);
  }

  clear(): void {
    for (const timer of this.#pending) clearTimeout(timer);
    this.#pending.clear();
  }
}
