// The entries of many reports, applied in few statements.
import type { ReportEntry, RuntimePhase } from '@meeboter/domain/bot-protocol.ts';
import type { Transaction } from '@meeboter/prisma/client.ts';
import { stampPhases } from '@meeboter/prisma/sql/stamp-phases.ts';
import {
  applyEntry,
  type EntryOf,
  givesUp,
  moveAll,
  type OrderedEntry,
  type Reporting,
} from './apply-entry.ts';

/**
 * Applies what many reports say, each of another bot. What writes no event goes first: a change of
 * status locks the account's counter until the commit. The events of one report keep their order.
 */
export async function applyEntries(tx: Transaction, reports: readonly Reporting[]): Promise<void> {
  await stampAll(tx, reports);
  await keepTurns(tx, reports);
  const moves: { reporting: Reporting; entry: EntryOf<'status'> }[] = [];
  const rest: { reporting: Reporting; entry: OrderedEntry }[] = [];
  for (const reporting of reports) {
    reporting.entries.filter(isOrdered).forEach((entry, index) => {
      const leads = index === 0 && entry.kind === 'status' && !givesUp(reporting, entry);
      if (leads) moves.push({ reporting, entry });
      else rest.push({ reporting, entry });
    });
  }
  await moveAll(tx, moves);
  for (const { reporting, entry } of rest) await applyEntry(tx, reporting, entry);
}

/** More than this is what has piled up while the API was away. */
const FEW = 20;

/** Whether a report costs no statement of its own beside others: few entries, at most one change of status among them. */
export function goesWithOthers(entries: readonly ReportEntry[]): boolean {
  if (entries.length > FEW) return false;
  const ordered = entries.filter(isOrdered);
  return ordered.length === 0 || (ordered.length === 1 && isQuickMove(ordered[0]));
}

function isQuickMove(entry: OrderedEntry | undefined): boolean {
  return entry?.kind === 'status' && entry.status !== 'FATAL';
}

/** Whether an entry writes events, or follows what does. */
export function isOrdered(entry: ReportEntry): entry is OrderedEntry {
  return entry.kind !== 'phase' && entry.kind !== 'speaker_turn' && entry.kind !== 'log';
}

async function stampAll(tx: Transaction, reports: readonly Reporting[]): Promise<void> {
  const stamps = reports.flatMap(({ botId, entries }) => {
    const phases: Partial<Record<RuntimePhase, Date>> = {};
    for (const entry of entries) if (entry.kind === 'phase') phases[entry.phase] ??= new Date(entry.at);
    return Object.keys(phases).length > 0 ? [{ botId, phases }] : [];
  });
  if (stamps.length === 0) return;
  const lateMs = await stampPhases(tx, stamps);
  for (const reporting of reports) {
    const late = lateMs.get(reporting.botId);
    if (late !== undefined) reporting.knock = { latenessMs: Math.max(0, late) };
  }
}

async function keepTurns(tx: Transaction, reports: readonly Reporting[]): Promise<void> {
  const data = reports.flatMap(({ botId, entries }) =>
    entries
      .filter((entry): entry is EntryOf<'speaker_turn'> => entry.kind === 'speaker_turn')
      .map((turn) => ({
        botId,
        externalId: turn.external_id,
        startedAt: new Date(turn.started_at),
        endedAt: new Date(turn.ended_at),
      })),
  );
  if (data.length > 0) await tx.speakerTurn.createMany({ data, skipDuplicates: true });
}

/** Writes a runtime's log lines into ours. */
export function writeLog({ log, botId, attempt, deploymentId, entries }: Reporting): void {
  for (const entry of entries) {
    if (entry.kind !== 'log') continue;
    const about = { bot_id: botId, attempt, deployment_id: deploymentId, reported_at: entry.at };
    log[entry.level](about, `runtime: ${entry.message}`);
  }
}
