// What a runtime may report at most. The bot program halves a report that is refused with 422 until
// the refused entry stands alone, and drops that one: a limit never ends a bot.
import type { ReportEntry } from '@meeboter/domain/bot-protocol.ts';
import type { AcceptedReport } from '@meeboter/prisma/sql/report.ts';
import type { ApiContext } from '../context.ts';
import { Problem } from '../problem.ts';

/** Entries of one attempt: 35 a second for four hours. */
export const ENTRIES_AT_MOST = 500_000;
/** A clock that is wrong by hours costs a runtime nothing (its stamps are corrected); a time beyond this is nonsense. */
const FUTURE_MS = 24 * 60 * 60_000;

/** Never refused for their number: they write few rows however often they are told, and tell of the bot's life. */
const ESSENTIAL: readonly ReportEntry['kind'][] = ['status', 'phase', 'part_uploaded', 'log'];

/** Throws 422 when an attempt has reported more than it may, unless this report tells only what is essential. */
export function refuseExcess(
  { log }: Pick<ApiContext, 'log'>,
  { bot_id, attempt, entries_taken }: AcceptedReport,
  entries: readonly ReportEntry[],
): void {
  if (entries_taken <= ENTRIES_AT_MOST || entries.every(({ kind }) => ESSENTIAL.includes(kind))) return;
  log.warn({ bot_id, attempt, entries_taken }, 'runtime reports more than it may');
  throw new Problem(422, {
    code: 'runtime_limit_reached',
    detail: `A runtime may report ${ENTRIES_AT_MOST} entries; this one is past that.`,
  });
}

/** Throws 422 when an entry tells of a time that has not come. */
export function refuseFutureTimes(entries: readonly ReportEntry[], now: Date): void {
  const latestMs = now.getTime() + FUTURE_MS;
  const index = entries.findIndex((entry) =>
    entry.kind === 'speaker_turn' ? Date.parse(entry.ended_at) > latestMs : Date.parse(entry.at) > latestMs,
  );
  if (index < 0) return;
  throw new Problem(422, {
    code: 'time_in_the_future',
    detail: `entries/${index} tells of a time more than a day from now.`,
  });
}
