// POST /runtime/v1/uploads: presigned URLs for keys that the API chose.
import type { UploadAnswer, UploadRequest } from '@meeboter/domain/bot-protocol.ts';
import { newId } from '@meeboter/domain/ids.ts';
import type { Recording } from '@meeboter/prisma/generated/client.ts';
import { appendEvent } from '@meeboter/prisma/sql/append-events.ts';
import { type AcceptedReport, readReportingBot } from '@meeboter/prisma/sql/report.ts';
import type { ApiContext } from '../context.ts';
import { Problem } from '../problem.ts';
import { fenced } from './require-runtime.ts';

type RequestOf<K extends UploadRequest['kind']> = Extract<UploadRequest, { kind: K }>;

const EXTENSIONS: Record<string, string> = {
  'image/png': 'png',
  'image/jpeg': 'jpg',
  'text/html': 'html',
  'text/plain': 'txt',
  'application/x-ndjson': 'ndjson',
};

/** Answers a runtime's request for URLs, or completes its recording. Throws 409 `fenced`, 404, 422. */
export async function handleUpload(
  context: ApiContext,
  runtime: { deploymentId: string; runtimeId: string },
  request: UploadRequest,
): Promise<UploadAnswer> {
  const bot = await reportingBot(context, runtime);
  switch (request.kind) {
    case 'recording_parts':
      return recordingParts(context, bot, request);
    case 'recording_complete':
      return completeRecording(context, bot, request);
    case 'file':
      return fileUpload(context, bot, request);
  }
}

/** The bot that this runtime holds now. */
async function reportingBot(
  context: ApiContext,
  runtime: { deploymentId: string; runtimeId: string },
): Promise<AcceptedReport> {
  const deployment = await context.db.deployment.findUnique({
    where: { id: runtime.deploymentId },
    select: { epoch: true, attempt: true },
  });
  if (!deployment) throw fenced();
  const bot = await readReportingBot(context.db, { ...runtime, ...deployment });
  if (!bot) throw fenced();
  return bot;
}

async function recordingParts(
  context: ApiContext,
  bot: AcceptedReport,
  request: RequestOf<'recording_parts'>,
): Promise<UploadAnswer> {
  const recording = await openRecording(context, bot, request);
  if (recording.status !== 'recording') {
    throw new Problem(409, { code: 'recording_finished', detail: 'This recording is finished.' });
  }
  const numbers = Array.from({ length: request.count }, (_, index) => request.from_part + index);
  const signed = await Promise.all(
    numbers
      .filter((number) => number <= 10_000)
      .map(async (partNumber) => ({
        partNumber,
        ...(await context.storage.presignPart(recording.key, recording.uploadId, partNumber)),
      })),
  );
  const expiresAt = Math.min(...signed.map((part) => part.expiresAt.getTime()));
  return {
    kind: 'recording_parts',
    recording_id: recording.id,
    expires_at: new Date(expiresAt).toISOString(),
    parts: signed.map((part) => ({ part_number: part.partNumber, url: part.url })),
  };
}

/** The recording of this attempt; opened on the first call. Two first calls at once end up with one. */
async function openRecording(
  context: ApiContext,
  bot: AcceptedReport,
  request: RequestOf<'recording_parts'>,
): Promise<Recording> {
  const kind = request.content_type === 'video/mp4' ? 'video' : 'audio';
  const place = { botId: bot.bot_id, attempt: bot.attempt, segment: 1, kind };
  const known = await context.db.recording.findUnique({ where: { botId_attempt_segment_kind: place } });
  if (known) return known;
  const id = newId('rec');
  const key = `recordings/${bot.user_id}/${bot.bot_id}/${bot.attempt}-1-${kind}.mp4`;
  const uploadId = await context.storage.createMultipart(key, request.content_type);
  const made = await context.db.recording.createMany({
    data: [
      {
        id,
        ...place,
        key,
        uploadId,
        contentType: request.content_type,
        startedAt: new Date(request.started_at),
      },
    ],
    skipDuplicates: true,
  });
  if (made.count === 0) await context.storage.abort(key, uploadId);
  return context.db.recording.findUniqueOrThrow({ where: { botId_attempt_segment_kind: place } });
}

async function completeRecording(
  context: ApiContext,
  bot: AcceptedReport,
  request: RequestOf<'recording_complete'>,
): Promise<UploadAnswer> {
  const { db, storage, log } = context;
  const recording = await db.recording.findFirst({
    where: { id: request.recording_id, botId: bot.bot_id, attempt: bot.attempt },
  });
  if (!recording)
    throw new Problem(404, { code: 'not_found', detail: 'There is no such recording of this bot.' });
  const answer = { kind: 'recording_complete' as const, recording_id: recording.id };
  if (recording.status !== 'recording') return answer;

  const parts = request.parts.map((part) => ({ partNumber: part.part_number, etag: part.etag }));
  const complete = parts.length > 0 && (await storage.complete(recording.key, recording.uploadId, parts));
  const bytes = complete ? ((await storage.size(recording.key)) ?? 0) : 0;
  await db.$transaction(async (tx) => {
    const changed = await tx.recording.updateMany({
      where: { id: recording.id, status: 'recording' },
      data: {
        status: complete ? 'ready' : 'failed',
        bytes,
        durationMs: complete ? request.media_ms : null,
        completedAt: new Date(),
      },
    });
    if (changed.count === 0) return;
    await appendEvent(tx, bot.bot_id, {
      type: complete ? 'recording.ready' : 'recording.failed',
      ...(complete ? {} : { subCode: 'nothing_arrived' }),
      payload: {
        actor: 'runtime',
        recording_id: recording.id,
        interrupted: false,
        bytes,
        duration_ms: request.media_ms,
      },
    });
  });
  log.info({ bot_id: bot.bot_id, recording_id: recording.id, complete, bytes }, 'recording completed');
  return answer;
}

async function fileUpload(
  context: ApiContext,
  bot: AcceptedReport,
  request: RequestOf<'file'>,
): Promise<UploadAnswer> {
  const id = newId('shot');
  const key = `evidence/${bot.user_id}/${bot.bot_id}/${id}.${EXTENSIONS[request.content_type] ?? 'bin'}`;
  await context.db.screenshot.create({
    data: {
      id,
      botId: bot.bot_id,
      attempt: bot.attempt,
      purpose: request.purpose,
      label: request.label,
      key,
      contentType: request.content_type,
      bytes: request.bytes,
    },
  });
  const url = await context.storage.presignPut(key, request.content_type, request.bytes);
  return { kind: 'file', upload_id: id, url, headers: { 'content-type': request.content_type } };
}
