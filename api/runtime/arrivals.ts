// Reports of bots on their way into the call. When many bots are due at the same time, most reports are of this kind,
// and they are accepted together: commits that wait for the disk one by one are what limits a rush.
import type { ApiSettings } from '@meeboter/chassis/env.ts';
import { gather } from '@meeboter/chassis/gather.ts';
import type { ReportEntry } from '@meeboter/domain/bot-protocol.ts';
import { isIn } from '@meeboter/domain/status.ts';
import { type ArrivalReport, type HeardArrival, hearArrivals } from '@meeboter/prisma/sql/hear-arrivals.ts';
import type { ApiContext } from '../context.ts';
import { entriesOf, phasesOf } from './apply-report.ts';

/** A change to one of these writes the bot's row and its event, and nothing else. */
const ARRIVING = ['IN_WAITING_ROOM', 'IN_CALL'] as const;
/** Most reports of one statement. */
const ARRIVALS_AT_ONCE = 50;

/** Phases, at most one change of status, and log lines; null for a report with any other entry, or with none of these. */
export function arrivalOf(
  entries: readonly ReportEntry[],
): Pick<ArrivalReport, 'phases' | 'status' | 'entryCount'> | null {
  const isOther = ({ kind }: ReportEntry) => kind !== 'phase' && kind !== 'status' && kind !== 'log';
  const [entry, ...more] = entriesOf(entries, 'status');
  const phases = phasesOf(entries);
  if (entries.some(isOther) || more.length > 0 || (!entry && Object.keys(phases).length === 0)) return null;
  const arrival = { phases, entryCount: entries.length };
  if (!entry) return arrival;
  const { status: to, sub_code: subCode, detail, facts, at: reportedAt } = entry;
  return isIn(ARRIVING, to) ? { ...arrival, status: { to, subCode, detail, facts, reportedAt } } : null;
}

/**
 * Creates a function that accepts one arrival report, together with those that arrive at the same time. Null: it has
 * to be applied under the bot's lock, see `hearArrivals`.
 */
export function arrivals({ db, settings }: Pick<ApiContext, 'db' | 'settings'>) {
  return gather<ArrivalReport, HeardArrival | null>({
    together: (reports) => hearArrivals(db, reports, leasesOf(settings)),
    alone: async () => null,
    most: ARRIVALS_AT_ONCE,
  });
}

export const leasesOf = (settings: ApiSettings) => ({
  leaseBeforeAdmissionMs: settings.LEASE_BEFORE_ADMISSION_MS,
  leaseInCallMs: settings.LEASE_IN_CALL_MS,
});
