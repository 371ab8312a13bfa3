// Finishes a recording that its runtime cannot finish, or whose completion the store has not taken yet.
// The file plays when cut anywhere, so whatever arrived is worth keeping.
import { type CompleteUpload, finishUpload, type UploadEnd } from '@meeboter/chassis/finish-upload.ts';
import { mendFile } from '@meeboter/chassis/mend-file.ts';
import { endRecording } from '@meeboter/prisma/sql/end-recording.ts';
import { reportedParts } from '@meeboter/prisma/sql/recording-parts.ts';
import {
  postponeRecording,
  type RecordingTurn,
  takeRecordingTurn,
} from '@meeboter/prisma/sql/recordings-to-finish.ts';
import type { SchedulerContext } from './context.ts';

/** For one try. Some stores take minutes to put a long recording together. */
const TRY_MS = 120_000;
/** Longer than a try: nobody begins another one meanwhile. */
const TURN_MS = TRY_MS + 30_000;

/** To rewrite a file of which parts are missing: several GB, at the pace of a slow network. */
const MEND_MS = 10 * 60_000;

/**
 * Tries with everything that was reported. A store whose lists lag behind has that long, some 15 s, before a
 * recording is made from less.
 */
const WHOLE_TRIES = 3;
/** A store that refuses so often, for some four minutes, does not change its mind. */
const REFUSED_TRIES = 8;
const FIRST_PAUSE_MS = 2_000;
const LONGEST_PAUSE_MS = 5 * 60_000;

/**
 * Tries once to finish a recording: it becomes `ready`, or `failed` with the reason, or is to be tried again
 * after a pause. Does nothing when it is not this caller's turn. What it fails for stays in the store.
 */
export async function finishRecording(context: SchedulerContext, recordingId: string): Promise<void> {
  const { db, storage, log, settings } = context;
  const turn = await takeRecordingTurn(db, recordingId, TURN_MS);
  if (!turn) return;
  const reported = await reportedParts(db, recordingId);
  const end = await finishUpload(
    storage,
    { key: turn.key, uploadId: turn.upload_id },
    { reported, salvage: turn.tries > WHOLE_TRIES, signal: AbortSignal.timeout(TRY_MS) },
  );
  const about = { bot_id: turn.bot_id, recording_id: turn.id, tries: turn.tries };
  if (end.state === 'complete') {
    const ready = end.seams.length === 0 ? end : await mend(context, turn, end);
    await endRecording(db, turn, 'scheduler', { status: 'ready', ...ready });
    log.info({ ...about, bytes: ready.bytes, missing: ready.detail }, 'recording finished by the server');
    return;
  }
  const said = end.state === 'empty' ? 'The store lists no part of it.' : end.said;
  const subCode = failureOf(end, turn, settings.RECORDING_FINISH_TIMEOUT_MS);
  if (subCode === null) {
    const inMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (turn.tries - 1));
    await postponeRecording(db, turn.id, { inMs, said });
    log.warn({ ...about, state: end.state, said, again_in_ms: inMs }, 'recording not finished yet');
    return;
  }
  await endRecording(db, turn, 'scheduler', { status: 'failed', subCode, detail: said });
  // Nothing is lost by that. What has parts, or may have, is left as it is.
  if (end.state === 'empty') await storage.abort(turn.key, turn.upload_id).catch(() => undefined);
  log.error({ ...about, sub_code: subCode, said }, 'recording failed');
}

/** Has what follows a missing part play, where that can be done: else the recording ends there for its players. */
async function mend(
  { db, storage, log }: SchedulerContext,
  turn: RecordingTurn,
  end: CompleteUpload,
): Promise<CompleteUpload> {
  const { gaps, detail, bytes, seams } = end;
  await postponeRecording(db, turn.id, {
    inMs: MEND_MS + 30_000,
    said: `${detail} The file is being mended.`,
  });
  const file = { key: turn.key, contentType: turn.content_type, bytes, seams };
  try {
    const mendedBytes = await mendFile(storage, { ...file, signal: AbortSignal.timeout(MEND_MS) });
    if (mendedBytes !== null) return { ...end, bytes: mendedBytes };
  } catch (error) {
    log.warn({ bot_id: turn.bot_id, recording_id: turn.id, err: error }, 'recording not mended');
  }
  const [gap] = gaps;
  if (!gap) return end;
  const toMs = end.durationMs ?? turn.duration_ms ?? gap.toMs;
  return {
    ...end,
    durationMs: gap.fromMs,
    gaps: [{ fromMs: gap.fromMs, toMs }],
    detail: `It plays up to the first gap only. ${detail}`,
  };
}

/** Why it is of no use to try again; null when it may be. */
function failureOf(
  end: Exclude<UploadEnd, { state: 'complete' }>,
  { tries, since_ms }: RecordingTurn,
  giveUpAfterMs: number,
): string | null {
  switch (end.state) {
    case 'empty':
      return 'nothing_arrived';
    case 'gone':
      return tries > WHOLE_TRIES ? 'upload_gone' : null;
    case 'refused':
      return tries < REFUSED_TRIES ? null : 'parts_refused';
    case 'unavailable':
      return since_ms < giveUpAfterMs ? null : 'store_unavailable';
    default:
      return end satisfies never;
  }
}
