// The bot's stay in the call: reports who is there and who spoke, and decides when to leave.
import type { ReportEntry } from '@meeboter/domain/bot-protocol.ts';
import { type LeaveRules, leaveDecision } from '@meeboter/domain/leave-rules.ts';
import type { LeaveReason } from '@meeboter/domain/reasons.ts';
import type { Clock } from './clock.ts';
import type { Facts } from './departure.ts';
import type { Meeting } from './meeting.ts';
import { Room } from './room.ts';
import type { HeldLease } from './runtime/lease.ts';

const RULES_EVERY_MS = 500;

export interface CallOptions {
  meeting: Pick<Meeting, 'watch'>;
  rules: LeaveRules;
  /** The booking's latest moment in the call, RFC 3339; null when it has none. */
  endAt: string | null;
  /** Names that never count as company. */
  noteTakers: readonly string[];
  /** Names of this installation's other bots in the call. */
  botsHere: () => readonly string[];
  /** When the page first showed the call. */
  admittedAt: Date;
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
  const room = new Room(options);
  const endAtMs = options.endAt === null ? null : Date.parse(options.endAt);
  const { promise: ruled, resolve: rule } = Promise.withResolvers<Left>();
  const watching = new AbortController();
  const applyRules = () => {
    const view = room.view();
    // By the server's clock, whose estimate improves while the bot is in the call.
    const leftMs = endAtMs === null ? null : endAtMs - clock.now().getTime();
    const decision = leaveDecision(rules, {
      ...view,
      admittedAtMs,
      endAtMs: leftMs === null ? null : view.nowMs + leftMs,
    });
    if (!decision) return;
    const { reason, afterSeconds, rule: fired } = decision;
    rule({ reason, facts: { after_seconds: afterSeconds, rule: fired } });
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
          onNotice: (code, text) => {
            if (code === 'no_speaker_signal') room.deaf();
            report({
              kind: 'notice',
              at: clock.now().toISOString(),
              notice: 'warning',
              sub_code: code,
              detail: text,
            });
          },
          onSound: () => room.heard(),
          onSpeakerTurn: ({ externalId, startedAt, endedAt }) => {
            report({
              kind: 'speaker_turn',
              external_id: externalId,
              started_at: clock.stampOf(startedAt).toISOString(),
              ended_at: clock.stampOf(endedAt).toISOString(),
            });
          },
        },
        lease.until(watching.signal),
      )
      // Null means that we aborted the watch ourselves: the reason to leave is decided already.
      .then((end) =>
        end === null
          ? told.promise
          : {
              reason: end.reason,
              facts: { because: end.because, ...(end.by === undefined ? {} : { by: end.by }) },
            },
      );
    watched.catch(() => undefined);
    return await Promise.race([ruled, watched, told.promise]);
  } finally {
    clearInterval(timer);
    signal.removeEventListener('abort', onAbort);
    watching.abort();
  }
}
