// One entry of a report, applied to the rows. Each is written so that a runtime
// with a wrong clock, or a line too many, does no harm.
import type { Log } from '@meeboter/chassis/log.ts';
import type { ReportEntry, RuntimePhase } from '@meeboter/domain/bot-protocol.ts';
import { newId } from '@meeboter/domain/ids.ts';
import { reasonOf } from '@meeboter/domain/reasons.ts';
import { BEFORE_ADMISSION_STATUSES, type BotStatus, isIn } from '@meeboter/domain/status.ts';
import type { Transaction } from '@meeboter/prisma/client.ts';
import { appendEvent } from '@meeboter/prisma/sql/append-event.ts';
import { failDeployment, readOpenDeployment } from '@meeboter/prisma/sql/deployment-steps.ts';
import { stampPhase } from '@meeboter/prisma/sql/stamp-phase.ts';
import { transitionBot } from '@meeboter/prisma/sql/transition-bot.ts';

/** A report while it is applied. `status` follows the entries. */
export interface Reporting {
  tx: Transaction;
  log: Log;
  deploymentId: string;
  deploymentPlatform: string;
  botId: string;
  attempt: number;
  status: BotStatus;
  /** The runtime could not do it, and another attempt is worth while. */
  gaveUp?: boolean;
  /** Set when this report was the first of its attempt to say that the bot knocked. */
  knock?: Knock;
}

export interface Knock {
  deploymentPlatform: string;
  /** After the time it was booked for; never below 0. */
  latenessMs: number;
}

type EntryOf<K extends ReportEntry['kind']> = Extract<ReportEntry, { kind: K }>;

export async function applyEntry(reporting: Reporting, entry: ReportEntry): Promise<void> {
  const { tx, botId } = reporting;
  switch (entry.kind) {
    case 'status':
      return applyStatus(reporting, entry);
    case 'phase':
      return applyPhase(reporting, entry.phase, entry.at);
    case 'recording_state':
      await tx.bot.update({ where: { id: botId }, data: { recordingState: entry.state } });
      return appendEvent(tx, {
        botId,
        type: entry.state === 'recording' ? 'bot.recording_started' : 'bot.recording_stopped',
        payload: { reported_at: entry.at },
      });
    case 'participant':
      return applyParticipant(reporting, entry);
    case 'speaker_turn':
      await tx.speakerTurn.createMany({
        data: [
          {
            botId,
            externalId: entry.external_id,
            startedAt: new Date(entry.started_at),
            endedAt: new Date(entry.ended_at),
          },
        ],
        skipDuplicates: true,
      });
      return;
    case 'part_uploaded':
      return applyPart(reporting, entry);
    case 'evidence':
      return applyEvidence(reporting, entry);
    case 'log':
      reporting.log[entry.level](
        {
          bot_id: botId,
          attempt: reporting.attempt,
          deployment_id: reporting.deploymentId,
          reported_at: entry.at,
        },
        `runtime: ${entry.message}`,
      );
      return;
    default:
      entry satisfies never;
  }
}

async function applyStatus(reporting: Reporting, entry: EntryOf<'status'>): Promise<void> {
  const { tx, botId, attempt, status } = reporting;
  const options = {
    attempt,
    subCode: entry.sub_code,
    detail: entry.detail,
    actor: 'runtime' as const,
    ...(entry.facts === undefined ? {} : { facts: entry.facts }),
    reportedAt: entry.at,
  };
  if (
    entry.status === 'FATAL' &&
    isIn(BEFORE_ADMISSION_STATUSES, status) &&
    reasonOf(entry.sub_code).retryable
  ) {
    // Not the end yet: the slot drains, and when the stop is confirmed it is decided whether to try again.
    const deployment = await readOpenDeployment(tx, reporting.deploymentId);
    if (deployment) await failDeployment(tx, deployment, { subCode: entry.sub_code, detail: entry.detail });
    reporting.gaveUp = true;
    return appendEvent(tx, {
      botId,
      type: 'bot.attempt_failed',
      subCode: entry.sub_code,
      payload: { detail: entry.detail ?? null, facts: entry.facts ?? {}, reported_at: entry.at },
    });
  }
  const moved = await transitionBot(tx, botId, entry.status, options);
  if (moved) reporting.status = entry.status;
  else
    reporting.log.warn(
      { bot_id: botId, attempt, from: status, to: entry.status },
      'runtime reported a move that is not legal',
    );
}

async function applyPhase(reporting: Reporting, phase: RuntimePhase, at: string): Promise<void> {
  const lateMs = await stampPhase(reporting.tx, reporting.botId, phase, new Date(at));
  if (phase !== 'knocked' || lateMs === null) return;
  reporting.knock = { deploymentPlatform: reporting.deploymentPlatform, latenessMs: Math.max(0, lateMs) };
}

async function applyParticipant(reporting: Reporting, entry: EntryOf<'participant'>): Promise<void> {
  const { tx, botId } = reporting;
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

async function applyPart(reporting: Reporting, entry: EntryOf<'part_uploaded'>): Promise<void> {
  const { tx, botId } = reporting;
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

async function applyEvidence(reporting: Reporting, entry: EntryOf<'evidence'>): Promise<void> {
  const { tx, botId } = reporting;
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
