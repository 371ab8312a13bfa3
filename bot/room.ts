// The others in the call, as the page last showed them.
import type { ReportEntry } from '@meeboter/domain/bot-protocol.ts';
import type { RoomView } from '@meeboter/domain/leave-rules.ts';
import type { Clock } from './clock.ts';
import { isNameShown } from './cut-name.ts';
import type { Participant } from './meeting.ts';

/** A page that shows people later than this after the admission shows who is there now. */
const FIRST_LOOK_MS = 15_000;

export interface RoomOptions {
  /** When the page first showed the call. */
  admittedAt: Date;
  clock: Clock;
  report: (entry: ReportEntry) => void;
  /** Names that never count as company. */
  noteTakers: readonly string[];
  /** Names of this installation's other bots in the call. */
  botsHere: () => readonly string[];
}

/** Knows who is there. Reports who joins, leaves, or changes name. */
export class Room {
  readonly #options: RoomOptions;
  readonly #noteTakers: readonly RegExp[];
  #people = new Map<string, Participant>();
  #known = false;
  #lastSeenOthersAtMs: number | null = null;
  #lastSeenCompanyAtMs: number | null = null;
  #lastSoundAtMs: number | null = null;
  #hears = false;
  /** When the bot was admitted; null once the page has shown who was there then. */
  #admittedAt: Date | null;

  constructor(options: RoomOptions) {
    this.#options = options;
    this.#admittedAt = options.admittedAt;
    this.#noteTakers = options.noteTakers.filter((name) => name.trim() !== '').map(asWords);
  }

  update(others: readonly Participant[] | null): void {
    this.view();
    this.#known = others !== null;
    if (others === null) return;
    const now = new Map(others.map((one) => [one.externalId, one]));
    for (const one of this.#people.values()) if (!now.has(one.externalId)) this.#tell(one, 'left');
    for (const one of now.values()) {
      const known = this.#people.get(one.externalId);
      if (!known) this.#tell(one, 'joined');
      else if (known.name !== one.name || known.isHost !== one.isHost) this.#tell(one, 'updated');
    }
    this.#people = now;
    this.#admittedAt = null;
  }

  /** Somebody has spoken just now. From the first time on, silence can be judged. */
  heard(): void {
    this.#hears = true;
    this.#lastSoundAtMs = this.#options.clock.monotonicMs();
  }

  /** The page does not show who speaks: silence cannot be judged. */
  deaf(): void {
    this.#hears = false;
  }

  /**
   * The input of the leave rules. While the page does not show who is there, the last known people
   * count as present: a reconnect must not start the timeout for an empty room.
   */
  view(): Omit<RoomView, 'admittedAtMs' | 'endAtMs'> {
    const nowMs = this.#options.clock.monotonicMs();
    const company = this.#company();
    if (this.#people.size > 0) this.#lastSeenOthersAtMs = nowMs;
    if (company > 0) this.#lastSeenCompanyAtMs = nowMs;
    return {
      nowMs,
      others: this.#known ? this.#people.size : null,
      company: this.#known ? company : null,
      lastSeenOthersAtMs: this.#lastSeenOthersAtMs,
      lastSeenCompanyAtMs: this.#lastSeenCompanyAtMs,
      lastSoundAtMs: this.#hears ? this.#lastSoundAtMs : null,
    };
  }

  /** How many of the others are people: a bot of the installation stands for one of its name, and a namesake stays. */
  #company(): number {
    const bots = this.#options.botsHere().map(comparable);
    let company = 0;
    for (const { name } of this.#people.values()) {
      const bot = bots.findIndex((one) => isNameShown(comparable(name), one));
      if (bot >= 0) bots.splice(bot, 1);
      else if (!this.#isNoteTaker(comparable(name))) company += 1;
    }
    return company;
  }

  #isNoteTaker(name: string): boolean {
    return this.#noteTakers.some((known) => known.test(name));
  }

  /** Whoever the page shows first was there when the bot came in: opening the list takes a while. */
  #timeOf(change: 'joined' | 'updated' | 'left'): Date {
    const now = this.#options.clock.now();
    const admittedAt = this.#admittedAt;
    if (change !== 'joined' || admittedAt === null) return now;
    return now.getTime() - admittedAt.getTime() <= FIRST_LOOK_MS ? admittedAt : now;
  }

  #tell({ externalId, name, isHost }: Participant, change: 'joined' | 'updated' | 'left'): void {
    this.#options.report({
      kind: 'participant',
      at: this.#timeOf(change).toISOString(),
      external_id: externalId.slice(0, 200),
      name: name.slice(0, 500),
      change,
      is_host: isHost,
    });
  }
}

/** Matches a name that contains another one as whole words, in any case: "Ada's Otter.ai". */
function asWords(name: string): RegExp {
  const escaped = comparable(name).replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`(?<![\\p{L}\\p{N}])${escaped}(?![\\p{L}\\p{N}])`, 'u');
}

function comparable(name: string): string {
  return name.normalize('NFKC').replace(/\s+/g, ' ').trim().toLowerCase();
}
