// One entry of a report whose order matters, applied to the rows. Each is written so
// that a line too many does no harm.
import type { Log } from '@meeboter/chassis/log.ts';
import type { ReportEntry } from '@meeboter/domain/bot-protocol.ts';
import { newId } from '@meeboter/domain/ids.ts';
import { reasonOf } from '@meeboter/domain/reasons.ts';
import { BEFORE_ADMISSION_STATUSES, type BotStatus, isIn } from '@meeboter/domain/status.ts';
import type { Transaction } from '@meeboter/prisma/client.ts';
import { appendEvent } from '@meeboter/prisma/sql/append-event.ts';
import { failDeployment, readOpenDeployment } from '@meeboter/prisma/sql/deployment-steps.ts';
import { type BotMove, transitionBots } from '@meeboter/prisma/sql/transition-bot.ts';

/** A report while it is applied. `status` follows the entries. */
export interface Reporting {
  log: Log;
  deploymentId: string;
  deploymentPlatform: string;
  botId: string;
  attempt: number;
  entries: readonly ReportEntry[];
  /** It was heard before, and changes nothing. */
  isRepeated: boolean;
  leaveRequested: boolean;
  status: BotStatus;
  /** The runtime could not do it, and another attempt is worth while. */
  gaveUp?: boolean;
  /** Set when this report was the first of its attempt to say that the bot knocked. */
  knock?: Knock;
}

export interface Knock {
  /** After the time it was booked for; never below 0. */
  latenessMs: number;
}

export type EntryOf<K extends ReportEntry['kind']> = Extract<ReportEntry, { kind: K }>;
/** What writes events, or follows what does: applied one after another. */
export type OrderedEntry = Exclude<ReportEntry, { kind: 'phase' | 'speaker_turn' | 'log' }>;

export async function applyEntry(tx: Transaction, reporting: Reporting, entry: OrderedEntry): Promise<void> {
  const { botId } = reporting;
  switch (entry.kind) {
    case 'status':
      return applyStatus(tx, reporting, entry);
    case 'recording_state':
      await tx.bot.update({ where: { id: botId }, data: { recordingState: entry.state } });
      return appendEvent(tx, {
        botId,
        type: entry.state === 'recording' ? 'bot.recording_started' : 'bot.recording_stopped',
        payload: { reported_at: entry.at },
      });
    case 'participant':
      return applyParticipant(tx, reporting, entry);
    case 'part_uploaded':
      return applyPart(tx, reporting, entry);
    case 'evidence':
      return applyEvidence(tx, reporting, entry);
    default:
      entry satisfies never;
  }
}

async function applyStatus(tx: Transaction, reporting: Reporting, entry: EntryOf<'status'>): Promise<void> {
  const { botId } = reporting;
  if (!givesUp(reporting, entry)) return moveAll(tx, [{ reporting, entry }]);
  // Not the end yet: the slot drains, and when the stop is confirmed it is decided whether to try again.
  const deployment = await readOpenDeployment(tx, reporting.deploymentId);
  if (deployment) await failDeployment(tx, deployment, { subCode: entry.sub_code, detail: entry.detail });
  reporting.gaveUp = true;
  await appendEvent(tx, {
    botId,
    type: 'bot.attempt_failed',
    subCode: entry.sub_code,
    payload: { detail: entry.detail ?? null, facts: entry.facts ?? {}, reported_at: entry.at },
  });
}

/** A runtime that could not do it, though another might. */
export function givesUp(reporting: Pick<Reporting, 'status'>, entry: EntryOf<'status'>): boolean {
  return (
    entry.status === 'FATAL' &&
    isIn(BEFORE_ADMISSION_STATUSES, reporting.status) &&
    reasonOf(entry.sub_code).retryable
  );
}

/** Moves the bots of many reports, each by one entry; a move that is not legal is logged. */
export async function moveAll(
  tx: Transaction,
  moves: readonly { reporting: Reporting; entry: EntryOf<'status'> }[],
): Promise<void> {
  const moved = await transitionBots(tx, moves.map(moveOf));
  moves.forEach(({ reporting, entry }, index) => {
    const { log, botId, attempt, status } = reporting;
    if (moved[index]) reporting.status = entry.status;
    else {
      const move = { bot_id: botId, attempt, from: status, to: entry.status };
      log.warn(move, 'runtime reported a move that is not legal');
    }
  });
}

function moveOf({ reporting, entry }: { reporting: Reporting; entry: EntryOf<'status'> }): BotMove {
  return {
    botId: reporting.botId,
    to: entry.status,
    attempt: reporting.attempt,
    subCode: entry.sub_code,
    detail: entry.detail,
    actor: 'runtime',
    ...(entry.facts === undefined ? {} : { facts: entry.facts }),
    reportedAt: entry.at,
  };
}

async function applyParticipant(
  tx: Transaction,
  reporting: Reporting,
  entry: EntryOf<'participant'>,
): Promise<void> {
  const { botId } = reporting;
  const at = new Date(entry.at);
  if (entry.change === 'joined') {
    await tx.participant.createMany({
      data: [
        {
          id: newId('prt'),
          botId,
          externalId: entry.external_id,
          name: entry.name,
          isHost: entry.is_host ?? false,
          joinedAt: at,
        },
      ],
      skipDuplicates: true,
    });
  } else {
    await tx.participant.updateMany({
      where: { botId, externalId: entry.external_id, leftAt: null },
      data: entry.change === 'left' ? { leftAt: at } : { name: entry.name, isHost: entry.is_host ?? false },
    });
  }
  await appendEvent(tx, {
    botId,
    type: `participant.${entry.change}`,
    payload: { name: entry.name, external_id: entry.external_id, reported_at: entry.at },
  });
}

async function applyPart(
  tx: Transaction,
  reporting: Reporting,
  entry: EntryOf<'part_uploaded'>,
): Promise<void> {
  const { botId } = reporting;
  // Only this bot's recordings, and only while they grow.
  const recording = await tx.recording.findFirst({
    where: { id: entry.recording_id, botId, attempt: reporting.attempt, status: 'recording' },
    select: { id: true },
  });
  if (!recording) return;
  const part = { etag: entry.etag, bytes: BigInt(entry.bytes), mediaMs: entry.media_ms };
  await tx.recordingPart.upsert({
    where: { recordingId_partNumber: { recordingId: recording.id, partNumber: entry.part_number } },
    create: { recordingId: recording.id, partNumber: entry.part_number, ...part },
    update: part,
  });
}

async function applyEvidence(
  tx: Transaction,
  reporting: Reporting,
  entry: EntryOf<'evidence'>,
): Promise<void> {
  const { botId } = reporting;
  const marked = await tx.screenshot.updateMany({
    where: { id: entry.upload_id, botId, uploadedAt: null },
    data: { uploadedAt: new Date() },
  });
  if (marked.count === 0) return;
  await appendEvent(tx, {
    botId,
    type: 'bot.evidence_captured',
    payload: { screenshot_id: entry.upload_id, label: entry.label, reported_at: entry.at },
  });
}
