/** A handful of timers that end together, so that nothing fires into a meeting that is over. */
export class Timers {
  readonly #pending = new Set<NodeJS.Timeout>();

  /** Calls `then` after `afterMs`; never when it is null. */
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
