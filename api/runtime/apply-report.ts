// Applies the entries of a report to the rows, in the caller's transaction, which has locked the bot. Applying
// an entry twice changes nothing.
import type { Log } from '@meeboter/chassis/log.ts';
import type { ReportEntry } from '@meeboter/domain/bot-protocol.ts';
import type { NewEvent } from '@meeboter/domain/events.ts';
import { reasonOf } from '@meeboter/domain/reasons.ts';
import { BEFORE_ADMISSION_STATUSES, type BotStatus, isIn } from '@meeboter/domain/status.ts';
import type { Transaction } from '@meeboter/prisma/client.ts';
import { appendEvent, appendEvents } from '@meeboter/prisma/sql/append-events.ts';
import { failDeployment, readOpenDeployment } from '@meeboter/prisma/sql/deployment-steps.ts';
import { keepEvidence } from '@meeboter/prisma/sql/keep-evidence.ts';
import { keepDroppedFrames, keepGaps, type ReportedGap } from '@meeboter/prisma/sql/keep-losses.ts';
import { keepStays } from '@meeboter/prisma/sql/keep-stays.ts';
import { type Phases, stampPhases } from '@meeboter/prisma/sql/stamp-phases.ts';
import { transitionBot } from '@meeboter/prisma/sql/transition-bot.ts';

/** A report while it is applied. `status` changes with the entries. */
export interface Reporting {
  log: Log;
  deploymentId: string;
  deploymentPlatform: string;
  botId: string;
  attempt: number;
  entries: readonly ReportEntry[];
  /** The report was accepted before: its entries are not applied again. */
  isRepeated: boolean;
  leaveRequested: boolean;
  /** Display names of the other bots in the same call, as it was before the entries were applied. */
  botsHere: string[];
  status: BotStatus;
  /** The runtime gave up, for a reason that makes another attempt worthwhile. */
  gaveUp?: boolean;
  /** How long after the join time the bot knocked, ms (negative: before it); null unless this report was the first to say so. */
  knockLateMs: number | null;
}

type EntryOf<K extends ReportEntry['kind']> = Extract<ReportEntry, { kind: K }>;
type Status = EntryOf<'status'>;
/** Entries that write events, and those that are stored with them. */
type Ordered = EntryOf<
  'notice' | 'recording_state' | 'participant' | 'recording_gap' | 'recording_frames' | 'evidence'
>;

export const entriesOf = <K extends ReportEntry['kind']>(entries: readonly ReportEntry[], kind: K) =>
  entries.filter((entry): entry is EntryOf<K> => entry.kind === kind);

/** Applies the entries of a report that `hearReport` has not stored. Events are written in the order of the entries; one statement serves many entries. */
export async function applyReport(tx: Transaction, reporting: Reporting): Promise<void> {
  await stamp(tx, reporting);
  for (const run of runsOf(reporting.entries)) {
    if (run.status) await applyStatus(tx, reporting, run.status);
    else await applyRun(tx, reporting, run.entries);
  }
}

/** True for entries that `hearReport` stores or that are only logged: they need no transaction. */
export function isKeptAtOnce(entry: ReportEntry): entry is EntryOf<'speaker_turn' | 'part_uploaded' | 'log'> {
  return entry.kind === 'speaker_turn' || entry.kind === 'part_uploaded' || entry.kind === 'log';
}

type Run = { status: Status; entries?: never } | { status?: never; entries: readonly Ordered[] };

/**
 * Cuts the entries into runs that can be applied together, in order. A change of status is a run of its own, and a
 * run names each participant at most once.
 */
function runsOf(entries: readonly ReportEntry[]): Run[] {
  const runs: Run[] = [];
  let run: Ordered[] = [];
  let named = new Set<string>();
  const cut = () => {
    if (run.length > 0) runs.push({ entries: run });
    run = [];
    named = new Set();
  };
  for (const entry of entries) {
    if (isKeptAtOnce(entry) || entry.kind === 'phase') continue;
    if (entry.kind === 'status') {
      cut();
      runs.push({ status: entry });
      continue;
    }
    if (entry.kind === 'participant') {
      if (named.has(entry.external_id)) cut();
      named.add(entry.external_id);
    }
    run.push(entry);
  }
  cut();
  return runs;
}

/** When each phase was reached first. */
export function phasesOf(entries: readonly ReportEntry[]): Phases {
  const phases: Phases = {};
  for (const { phase, at } of entriesOf(entries, 'phase')) phases[phase] ??= new Date(at);
  return phases;
}

async function stamp(tx: Transaction, reporting: Reporting): Promise<void> {
  const phases = phasesOf(reporting.entries);
  if (Object.keys(phases).length === 0) return;
  reporting.knockLateMs ??= await stampPhases(tx, reporting.botId, phases);
}

async function applyRun(tx: Transaction, reporting: Reporting, run: readonly Ordered[]): Promise<void> {
  const { botId } = reporting;
  const newGaps = await keepGaps(tx, reporting, entriesOf(run, 'recording_gap'));
  const frames = entriesOf(run, 'recording_frames').at(-1);
  if (frames) await keepDroppedFrames(tx, reporting, frames);
  await keepStays(tx, botId, entriesOf(run, 'participant'));
  const uploadIds = entriesOf(run, 'evidence').map(({ upload_id }) => upload_id);
  const kept = await keepEvidence(tx, botId, uploadIds);
  const recordingState = entriesOf(run, 'recording_state').at(-1)?.state;
  if (recordingState) await tx.bot.update({ where: { id: botId }, data: { recordingState } });
  await appendEvents(
    tx,
    botId,
    run.flatMap((entry) => eventOf(entry, kept, newGaps)),
  );
}

function eventOf(
  entry: Ordered,
  keptEvidence: ReadonlySet<string>,
  newGaps: readonly ReportedGap[],
): NewEvent[] {
  const common = { actor: 'runtime', reported_at: entry.at } as const;
  switch (entry.kind) {
    case 'notice':
      return [
        {
          type: `bot.${entry.notice}`,
          subCode: entry.sub_code,
          payload: { ...common, ...detailsOf(entry) },
        },
      ];
    case 'recording_state':
      return [
        {
          type: entry.state === 'recording' ? 'bot.recording_started' : 'bot.recording_stopped',
          payload: common,
        },
      ];
    case 'participant':
      return [
        {
          type: `participant.${entry.change}`,
          payload: { ...common, external_id: entry.external_id, name: entry.name },
        },
      ];
    case 'evidence':
      if (!keptEvidence.has(entry.upload_id)) return [];
      return [
        {
          type: 'bot.evidence_captured',
          payload: { ...common, screenshot_id: entry.upload_id, label: entry.label },
        },
      ];
    case 'recording_gap': {
      if (!newGaps.includes(entry)) return [];
      const { recording_id, at_ms, missing_ms, reason } = entry;
      return [{ type: 'recording.gap', payload: { ...common, recording_id, at_ms, missing_ms, reason } }];
    }
    case 'recording_frames':
      return [];
    default:
      return entry satisfies never;
  }
}

/** What a runtime says about a change of status or a notice, for the payload of its event. */
function detailsOf({ detail, facts }: Pick<Status, 'detail' | 'facts'>): Pick<Status, 'detail' | 'facts'> {
  return { ...(detail === undefined ? {} : { detail }), ...(facts === undefined ? {} : { facts }) };
}

/** Moves the bot to the reported status. An illegal move is logged and otherwise ignored. */
async function applyStatus(tx: Transaction, reporting: Reporting, entry: Status): Promise<void> {
  if (givesUp(reporting, entry)) return giveUp(tx, reporting, entry);
  const { botId, attempt, status: from, log } = reporting;
  const moved = await transitionBot(tx, botId, entry.status, {
    attempt,
    subCode: entry.sub_code,
    detail: entry.detail,
    actor: 'runtime',
    ...(entry.facts === undefined ? {} : { facts: entry.facts }),
    reportedAt: entry.at,
  });
  if (moved) reporting.status = entry.status;
  else
    log.warn(
      { bot_id: botId, attempt, from, to: entry.status },
      'runtime reported an illegal change of status',
    );
}

/** True when the runtime ends before admission for a reason that is worth another attempt. */
function givesUp({ status }: Reporting, entry: Status): boolean {
  const { retryable } = reasonOf(entry.sub_code);
  return entry.status === 'FATAL' && isIn(BEFORE_ADMISSION_STATUSES, status) && retryable;
}

/** Gives the attempt up. The bot has not ended yet: whether it gets another attempt is decided when the stop is confirmed. */
async function giveUp(tx: Transaction, reporting: Reporting, entry: Status): Promise<void> {
  const { sub_code: subCode, detail, at } = entry;
  const deployment = await readOpenDeployment(tx, reporting.deploymentId);
  if (deployment) await failDeployment(tx, deployment, { subCode, detail });
  reporting.gaveUp = true;
  await appendEvent(tx, reporting.botId, {
    type: 'bot.attempt_failed',
    subCode,
    payload: { actor: 'runtime', reported_at: at, ...detailsOf(entry) },
  });
}

/** Writes the runtime's log lines to this process's log. */
export function writeLog({ log, botId, attempt, deploymentId, entries }: Reporting): void {
  for (const { level, message, at } of entriesOf(entries, 'log')) {
    const about = { bot_id: botId, attempt, deployment_id: deploymentId, reported_at: at };
    log[level](about, `runtime: ${message}`);
  }
}
