// The entries that are still to be reported, in order and in bounded memory. If the API is away for too
// long, log lines are dropped first, then speaker turns. Status, phases, parts and participants are never
// dropped, since the server needs them.
import { REPORT_MAX_ENTRIES, type ReportEntry } from '@meeboter/domain/bot-protocol.ts';

/** Enough for hours of a busy meeting. Takes some 20 MB. */
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
    // A part that is uploaded again replaces its earlier upload, so the earlier entry is obsolete.
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

  /** Removes and returns the entries of the next report, with a log line about what was dropped. */
  take(): ReportEntry[] {
    const droppedNote = this.#droppedNote();
    const entries = this.#entries.splice(0, REPORT_MAX_ENTRIES - droppedNote.length);
    this.#logs -= entries.filter((entry) => entry.kind === 'log').length;
    return [...droppedNote, ...entries];
  }

  /** Puts entries back to the front, from a report that has to be split. */
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

  #droppedNote(): ReportEntry[] {
    if (this.#dropped.size === 0) return [];
    const counts = [...this.#dropped].map(([kind, count]) => `${count} ${kind}`).join(', ');
    this.#dropped.clear();
    const message = `entries dropped while the API was away: ${counts}`;
    return [{ kind: 'log', at: this.#now().toISOString(), level: 'warn', message }];
  }
}
