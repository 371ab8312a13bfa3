// What is still to be reported, in order, in bounded memory. While the API is
// away log lines go first, then speaker turns; what the server needs to know a
// bot's life by (status, phase, parts, people) is never dropped.
import { REPORT_MAX_ENTRIES, type ReportEntry } from '@meeboter/domain/bot-protocol.ts';

/** Enough for hours of a lively meeting, at some 20 MB. */
const MAX_ENTRIES = 50_000;
const MAX_LOGS = 2_000;

type Kind = ReportEntry['kind'];

export class Outbox {
  readonly #now: () => Date;
  readonly #limits: { entries: number; logs: number };
  #entries: ReportEntry[] = [];
  #logs = 0;
  readonly #dropped = new Map<Kind, number>();

  constructor(now: () => Date, limits = { entries: MAX_ENTRIES, logs: MAX_LOGS }) {
    this.#now = now;
    this.#limits = limits;
  }

  get size(): number {
    return this.#entries.length;
  }

  add(entry: ReportEntry): void {
    // A part uploaded again replaces the earlier upload, so the earlier news is no news.
    if (entry.kind === 'part_uploaded') {
      this.#entries = this.#entries.filter(
        (old) => old.kind !== 'part_uploaded' || old.part_number !== entry.part_number,
      );
    }
    this.#entries.push(entry);
    if (entry.kind === 'log') this.#logs += 1;
    if (this.#logs > this.#limits.logs) this.#drop('log');
    if (this.#entries.length > this.#limits.entries) this.#drop('log') || this.#drop('speaker_turn');
  }

  /** The next report's entries, taken out. What was dropped is said here. */
  take(): ReportEntry[] {
    const apology = this.#apology();
    const entries = this.#entries.splice(0, REPORT_MAX_ENTRIES - apology.length);
    this.#logs -= entries.filter((entry) => entry.kind === 'log').length;
    return [...apology, ...entries];
  }

  /** Back to the front: entries of a report that has to be cut smaller. */
  putBack(entries: readonly ReportEntry[]): void {
    this.#entries.unshift(...entries);
    this.#logs += entries.filter((entry) => entry.kind === 'log').length;
  }

  #drop(kind: Kind): boolean {
    const index = this.#entries.findIndex((entry) => entry.kind === kind);
    if (index < 0) return false;
    this.#entries.splice(index, 1);
    if (kind === 'log') this.#logs -= 1;
    this.#dropped.set(kind, (this.#dropped.get(kind) ?? 0) + 1);
    return true;
  }

  #apology(): ReportEntry[] {
    if (this.#dropped.size === 0) return [];
    const counts = [...this.#dropped].map(([kind, count]) => `${count} ${kind}`).join(', ');
    this.#dropped.clear();
    const message = `entries dropped while the API was away: ${counts}`;
    return [{ kind: 'log', at: this.#now().toISOString(), level: 'warn', message }];
  }
}
