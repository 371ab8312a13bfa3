// Finishes a recording that its runtime cannot finish, or whose completion the store has not taken yet.
// The file plays when cut anywhere, so whatever arrived is worth keeping.
import { type CompleteUpload, finishUpload, type UploadEnd } from '@meeboter/chassis/finish-upload.ts';
import { mendFile } from '@meeboter/chassis/mend-file.ts';
import { endRecording } from '@meeboter/prisma/sql/end-recording.ts';
import { reportedParts } from '@meeboter/prisma/sql/recording-parts.ts';
import {
  noteUnmended,
  postponeRecording,
  type RecordingTurn,
  takeRecordingTurn,
} from '@meeboter/prisma/sql/recordings-to-finish.ts';
import type { SchedulerContext } from './context.ts';

/** For one try. Some stores take minutes to put a long recording together. */
const TRY_MS = 120_000;
/** To rewrite a file of which parts are missing: several GB, at the pace of a slow network. */
const MEND_MS = 10 * 60_000;
/** So much longer than that is a turn: nobody else begins meanwhile. */
const TURN_MARGIN_MS = 30_000;

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
 * `stopping`: the process ends, and another one is to go on at once.
 */
export async function finishRecording(
  context: SchedulerContext,
  recordingId: string,
  stopping: AbortSignal,
): Promise<void> {
  const { db, storage } = context;
  const turn = await takeRecordingTurn(db, recordingId, TRY_MS + TURN_MARGIN_MS);
  if (!turn) return;
  if (turn.unmended) return mend(context, turn, turn.unmended as CompleteUpload, stopping);
  const reported = await reportedParts(db, recordingId);
  const end = await finishUpload(
    storage,
    { key: turn.key, uploadId: turn.upload_id },
    {
      reported,
      salvage: turn.tries > WHOLE_TRIES,
      signal: AbortSignal.any([stopping, AbortSignal.timeout(TRY_MS)]),
    },
  );
  if (end.state !== 'complete') return fail(context, turn, end, stopping);
  if (end.seams.length === 0) return ready(context, turn, end);
  await noteUnmended(db, turn.id, { forMs: MEND_MS + TURN_MARGIN_MS, unmended: end });
  return mend(context, turn, end, stopping);
}

async function ready({ db, log }: SchedulerContext, turn: RecordingTurn, end: CompleteUpload): Promise<void> {
  await endRecording(db, turn, 'scheduler', { status: 'ready', ...end });
  log.info({ ...about(turn), bytes: end.bytes, missing: end.detail }, 'recording finished by the server');
}

/** Ends a recording as `failed`, or leaves it for another try. */
async function fail(
  { db, storage, log, settings }: SchedulerContext,
  turn: RecordingTurn,
  end: Exclude<UploadEnd, CompleteUpload>,
  stopping: AbortSignal,
): Promise<void> {
  const { state, said } = end;
  const subCode = stopping.aborted ? null : failureOf(end, turn, settings.RECORDING_FINISH_TIMEOUT_MS);
  if (subCode === null) {
    const isAnswer = state !== 'unavailable';
    // The pauses of a store that is away grow with the time that it is away.
    const grownMs = isAnswer ? FIRST_PAUSE_MS * 2 ** (turn.tries - 1) : turn.since_ms;
    const pauseMs = Math.min(LONGEST_PAUSE_MS, Math.max(FIRST_PAUSE_MS, grownMs));
    const inMs = stopping.aborted ? 0 : pauseMs;
    await postponeRecording(db, turn.id, { inMs, said, isAnswer });
    log.warn({ ...about(turn), state, said, again_in_ms: inMs }, 'recording not finished yet');
    return;
  }
  await endRecording(db, turn, 'scheduler', { status: 'failed', subCode, detail: said });
  // Nothing is lost by that. What has parts, or may have, is left as it is.
  if (state === 'empty') await storage.abort(turn.key, turn.upload_id).catch(() => undefined);
  log.error({ ...about(turn), sub_code: subCode, said }, 'recording failed');
}

/** Why it is of no use to try again; null when it may be. */
function failureOf(
  { state }: Exclude<UploadEnd, CompleteUpload>,
  { tries, since_ms }: RecordingTurn,
  giveUpAfterMs: number,
): string | null {
  switch (state) {
    case 'empty':
      return 'nothing_arrived';
    case 'gone':
      return tries > WHOLE_TRIES ? 'upload_gone' : null;
    case 'refused':
      return tries < REFUSED_TRIES ? null : 'parts_refused';
    case 'unavailable':
      return since_ms < giveUpAfterMs ? null : 'store_unavailable';
    default:
      return state satisfies never;
  }
}

/** Has what follows a missing part play, where that can be done; else the recording ends there for its players. */
async function mend(
  context: SchedulerContext,
  turn: RecordingTurn,
  end: CompleteUpload,
  stopping: AbortSignal,
): Promise<void> {
  const signal = AbortSignal.any([stopping, AbortSignal.timeout(MEND_MS)]);
  let bytes: number | null = null;
  try {
    bytes = await mendedBytes(context, turn, { ...end, signal });
  } catch (error) {
    context.log.warn({ ...about(turn), err: error }, 'recording not mended');
    if (stopping.aborted) {
      const said = `${end.detail} The file is being mended.`;
      return postponeRecording(context.db, turn.id, { inMs: 0, said, isAnswer: false });
    }
  }
  return ready(context, turn, bytes === null ? endingAtGap(turn, end) : { ...end, bytes });
}

async function mendedBytes(
  { storage }: SchedulerContext,
  { key, content_type: contentType }: RecordingTurn,
  { bytes, seams, signal }: CompleteUpload & { signal: AbortSignal },
): Promise<number | null> {
  const found = await storage.size(key, signal);
  // An earlier turn has got as far as that.
  if (found !== null && found !== bytes) return found;
  return mendFile(storage, { key, contentType, bytes, seams, signal });
}

function endingAtGap(turn: RecordingTurn, end: CompleteUpload): CompleteUpload {
  const [gap] = end.gaps;
  if (!gap) return end;
  const toMs = Math.max(end.durationMs ?? turn.duration_ms ?? 0, ...end.gaps.map((it) => it.toMs));
  const gaps = [{ fromMs: gap.fromMs, toMs }];
  return { ...end, durationMs: gap.fromMs, gaps, detail: `It plays up to the first gap only. ${end.detail}` };
}

const about = ({ id, bot_id, tries }: RecordingTurn) => ({ bot_id, recording_id: id, tries });
