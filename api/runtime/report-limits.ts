// Limits on what a runtime may report. When a report is refused with 422, the bot program splits it in halves
// until the refused entry is alone, and drops that entry. So a limit never ends a bot.
import type { ReportEntry } from '@meeboter/domain/bot-protocol.ts';
import type { AcceptedReport, ReportingBot } from '@meeboter/prisma/sql/report.ts';
import type { ApiContext } from '../context.ts';
import { Problem } from '../problem.ts';

/** Most entries of one attempt: 35 a second for four hours. */
export const ENTRIES_AT_MOST = 500_000;
/** How far in the future a time may be. A clock that is wrong by hours does no harm, since phase stamps are clamped. */
const FUTURE_MS = 24 * 60 * 60_000;

/** Entries that are accepted beyond the limit: the bot's life depends on them, and they write few rows however many there are. */
const ESSENTIAL: readonly ReportEntry['kind'][] = ['status', 'phase', 'part_uploaded', 'log'];

/** How many entries an attempt may report in all, for a report with these entries. Null: any number. */
export function entryLimitOf(entries: readonly ReportEntry[]): number | null {
  return entries.every(({ kind }) => ESSENTIAL.includes(kind)) ? null : ENTRIES_AT_MOST;
}

/** Throws 422 when a report exceeds the number of entries. */
export function refuseExcess(
  { log }: Pick<ApiContext, 'log'>,
  { bot_id, attempt, exceeds_limit }: AcceptedReport,
): void {
  if (!exceeds_limit) return;
  log.warn({ bot_id, attempt }, 'runtime exceeded its limit of entries');
  throw new Problem(422, {
    code: 'runtime_limit_reached',
    detail: `A runtime may report ${ENTRIES_AT_MOST} entries; this one would have reported more.`,
  });
}

/** Files of evidence of one bot, at most: each may have 20 MiB. */
export const EVIDENCE_AT_MOST = 200;

/** Throws 422 when a bot has as many files of evidence as it may have. `known`: how many it has. */
export function refuseMoreEvidence(
  { log }: Pick<ApiContext, 'log'>,
  { bot_id, attempt }: ReportingBot,
  known: number,
): void {
  if (known < EVIDENCE_AT_MOST) return;
  log.warn({ bot_id, attempt, known }, 'runtime exceeded its limit of evidence');
  throw new Problem(422, {
    code: 'runtime_limit_reached',
    detail: `A bot may have ${EVIDENCE_AT_MOST} files of evidence.`,
  });
}

/** Throws 422 when the time of an entry is more than a day in the future. */
export function refuseFutureTimes(entries: readonly ReportEntry[], now: Date): void {
  const latestMs = now.getTime() + FUTURE_MS;
  const index = entries.findIndex((entry) =>
    entry.kind === 'speaker_turn' ? Date.parse(entry.ended_at) > latestMs : Date.parse(entry.at) > latestMs,
  );
  if (index < 0) return;
  throw new Problem(422, {
    code: 'time_in_the_future',
    detail: `The time of entries/${index} is more than a day in the future.`,
  });
}
