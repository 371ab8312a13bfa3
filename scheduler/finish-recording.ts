// Finishes a recording that its runtime cannot finish, or whose completion the store has not taken yet.
// The file plays when cut anywhere, so whatever arrived is worth keeping.
import { finishUpload, type UploadEnd } from '@meeboter/chassis/finish-upload.ts';
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
    await endRecording(db, turn, 'scheduler', { status: 'ready', ...end });
    log.info({ ...about, bytes: end.bytes, missing: end.detail }, 'recording finished by the server');
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
