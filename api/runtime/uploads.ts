// POST /runtime/v1/uploads: presigned URLs for keys that the API chose, and the end of a recording.
import { finishUpload } from '@meeboter/chassis/finish-upload.ts';
import type { UploadAnswer, UploadRequest } from '@meeboter/domain/bot-protocol.ts';
import { newId } from '@meeboter/domain/ids.ts';
import type { Recording } from '@meeboter/prisma/generated/client.ts';
import { endRecording } from '@meeboter/prisma/sql/end-recording.ts';
import { noteDelivered, reportedParts } from '@meeboter/prisma/sql/recording-parts.ts';
import { postponeRecording, takeRecordingTurn } from '@meeboter/prisma/sql/recordings-to-finish.ts';
import { type ReportingBot, readReportingBot } from '@meeboter/prisma/sql/report.ts';
import { requestFinishRecordings } from '@meeboter/scheduler/inbox.ts';
import type { ApiContext } from '../context.ts';
import { Problem } from '../problem.ts';
import { refuseMoreEvidence } from './report-limits.ts';
import { fenced, refuseRuntime } from './require-runtime.ts';

/** How long a runtime waits for the store; it gives up a request after 10 s. */
const FINISH_MS = 5_000;
/** Longer than that: nobody else tries meanwhile. */
const TURN_MS = FINISH_MS + 10_000;

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

/** The bot that this runtime holds now. Throws 409 `fenced`, or 503 as `refuseRuntime` does. */
async function reportingBot(
  context: ApiContext,
  runtime: { deploymentId: string; runtimeId: string },
): Promise<ReportingBot> {
  const deployment = await context.db.deployment.findUnique({
    where: { id: runtime.deploymentId },
    select: { epoch: true, attempt: true },
  });
  if (!deployment) return refuseRuntime(context.db, runtime.deploymentId);
  const bot = await readReportingBot(context.db, { ...runtime, ...deployment });
  if (!bot) throw fenced();
  return bot;
}

async function recordingParts(
  context: ApiContext,
  bot: ReportingBot,
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

/** The recording of this attempt, opened by the first call. Two first calls at once open one. */
async function openRecording(
  context: ApiContext,
  bot: ReportingBot,
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

/**
 * The runtime says that all parts are there. From here on the recording is the server's to finish: the
 * runtime hears "done" also where the store cannot complete it now, since there is nothing left that it
 * could do. What is not finished at once is the scheduler's. Repeating the request changes nothing.
 */
async function completeRecording(
  context: ApiContext,
  bot: ReportingBot,
  request: RequestOf<'recording_complete'>,
): Promise<UploadAnswer> {
  const { db, storage, jobs, log } = context;
  const { recording_id: recordingId, media_ms: mediaMs } = request;
  // The last word on a number counts.
  const parts = new Map(
    request.parts
      .filter(({ etag }) => etag !== '')
      .map(({ part_number: partNumber, etag, bytes }) => [partNumber, { partNumber, etag, bytes }]),
  );
  const delivered = {
    recordingId,
    botId: bot.bot_id,
    attempt: bot.attempt,
    mediaMs,
    parts: [...parts.values()],
  };
  const turn = await db.$transaction(async (tx) => {
    if (!(await noteDelivered(tx, delivered))) {
      throw new Problem(404, { code: 'not_found', detail: 'There is no such recording of this bot.' });
    }
    return takeRecordingTurn(tx, recordingId, TURN_MS);
  });
  if (turn) {
    const end = await finishUpload(
      storage,
      { key: turn.key, uploadId: turn.upload_id },
      {
        reported: await reportedParts(db, recordingId),
        salvage: false,
        signal: AbortSignal.timeout(FINISH_MS),
      },
    );
    const about = { bot_id: bot.bot_id, recording_id: recordingId };
    if (end.state === 'complete') {
      await endRecording(db, turn, 'runtime', { status: 'ready', ...end });
      log.info({ ...about, bytes: end.bytes, missing: end.detail }, 'recording finished');
    } else {
      const { said } = end;
      log.warn({ ...about, state: end.state, said }, 'recording not finished yet, left to the scheduler');
      await postponeRecording(db, recordingId, { inMs: 0, said, isAnswer: end.state !== 'unavailable' });
      await requestFinishRecordings(jobs, [recordingId]);
    }
  }
  return { kind: 'recording_complete', recording_id: recordingId };
}

async function fileUpload(
  context: ApiContext,
  bot: ReportingBot,
  request: RequestOf<'file'>,
): Promise<UploadAnswer> {
  refuseMoreEvidence(context, bot, await context.db.screenshot.count({ where: { botId: bot.bot_id } }));
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
