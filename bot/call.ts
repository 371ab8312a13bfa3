// The bot's stay in the call: reports who is there and who spoke, and decides when to leave.
import type { ReportEntry } from '@meeboter/domain/bot-protocol.ts';
import { type LeaveRules, leaveDecision, type RoomView } from '@meeboter/domain/leave-rules.ts';
import type { LeaveReason } from '@meeboter/domain/reasons.ts';
import type { Clock } from './clock.ts';
import type { Facts } from './departure.ts';
import type { Meeting, Participant } from './meeting.ts';
import type { HeldLease } from './runtime/lease.ts';

const RULES_EVERY_MS = 500;

export interface CallOptions {
  meeting: Pick<Meeting, 'watch'>;
  rules: LeaveRules;
  admittedAtMs: number;
  clock: Clock;
  report: (entry: ReportEntry) => void;
  lease: HeldLease;
}

export interface Left {
  reason: LeaveReason;
  facts: Facts;
}

/** Stays until a leave rule fires or the platform ends the call. Rejects with the signal's reason when told to leave. */
export async function stay(options: CallOptions): Promise<Left> {
  const { meeting, rules, admittedAtMs, clock, report, lease } = options;
  const { signal } = lease;
  const room = new Room(clock, report);
  const { promise: ruled, resolve: rule } = Promise.withResolvers<Left>();
  const watching = new AbortController();
  const applyRules = () => {
    const decision = leaveDecision(rules, { ...room.view(), admittedAtMs });
    if (!decision) return;
    const facts = { rule: decision.rule, after_seconds: decision.afterSeconds };
    rule({ reason: decision.reason, facts });
  };
  const timer = setInterval(applyRules, RULES_EVERY_MS);
  const told = Promise.withResolvers<never>();
  const onAbort = () => told.reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    signal.throwIfAborted();
    const watched = meeting
      .watch(
        {
          onParticipants: (others) => room.update(others),
          onSpeakerTurn: ({ externalId, startedAt, endedAt }) =>
            report({
              kind: 'speaker_turn',
              external_id: externalId,
              started_at: clock.stampOf(startedAt).toISOString(),
              ended_at: clock.stampOf(endedAt).toISOString(),
            }),
        },
        lease.until(watching.signal),
      )
      // Null means that we aborted the watch ourselves: the reason to leave is decided already.
      .then((end) => (end === null ? told.promise : { reason: end.reason, facts: { because: end.because } }));
    watched.catch(() => undefined);
    return await Promise.race([ruled, watched, told.promise]);
  } finally {
    clearInterval(timer);
    signal.removeEventListener('abort', onAbort);
    watching.abort();
  }
}

/** The other participants as last seen on the page. Reports who joins, leaves, or changes name. */
export class Room {
  readonly #clock: Clock;
  readonly #report: (entry: ReportEntry) => void;
  #people = new Map<string, Participant>();
  #known = false;
  #lastSeenOthersAtMs: number | null = null;

  constructor(clock: Clock, report: (entry: ReportEntry) => void) {
    this.#clock = clock;
    this.#report = report;
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
  }

  /**
   * The input of the leave rules. While the page does not show who is there, the last known people
   * count as present: a reconnect must not start the timeout for an empty room.
   */
  view(): Omit<RoomView, 'admittedAtMs'> {
    const nowMs = this.#clock.monotonicMs();
    if (this.#people.size > 0) this.#lastSeenOthersAtMs = nowMs;
    const others = this.#known ? this.#people.size : null;
    return {
      nowMs,
      others,
      company: others,
      lastSeenOthersAtMs: this.#lastSeenOthersAtMs,
      lastSeenCompanyAtMs: this.#lastSeenOthersAtMs,
      lastSoundAtMs: null,
      endAtMs: null,
    };
  }

  #tell({ externalId, name, isHost }: Participant, change: 'joined' | 'updated' | 'left'): void {
    this.#report({
      kind: 'participant',
      at: this.#clock.now().toISOString(),
      external_id: externalId.slice(0, 200),
      name: name.slice(0, 500),
      change,
      is_host: isHost,
    });
  }
}
