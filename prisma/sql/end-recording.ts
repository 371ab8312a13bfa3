import type { RecordingGap } from '@meeboter/domain/bot-protocol.ts';
import type { Actor } from '@meeboter/domain/events.ts';
import type { Gap } from '@meeboter/domain/missing-media.ts';
import type { Database, Transaction } from '../client.ts';
import { appendEvents } from './append-events.ts';
import type { RecordingTurn } from './recordings-to-finish.ts';

export type RecordingEnd =
  /** `durationMs`: null keeps what the runtime reported. `detail`: which parts are missing. */
  | { status: 'ready'; bytes: number; durationMs: number | null; gaps: readonly Gap[]; detail: string | null }
  /** `detail`: the object store's error message. */
  | { status: 'failed'; subCode: string; detail: string };

/**
 * Ends a recording as `ready` or `failed`, with its gaps and its events. The rows of the parts stay, also of a failed one, because
 * the parts may still be in the store. False when the recording has ended before. Served by the primary keys.
 */
export async function endRecording(
  db: Database,
  turn: RecordingTurn,
  actor: Actor,
  end: RecordingEnd,
): Promise<boolean> {
  const { bytes, durationMs, gaps, subCode, detail } = {
    bytes: null,
    durationMs: null,
    gaps: [],
    subCode: null,
    ...end,
  };
  return db.$transaction(async (tx) => {
    // Locks the bot before the recording, in the same order as a report, because the event needs the bot's row too.
    await tx.$queryRaw`SELECT id FROM bots WHERE id = ${turn.bot_id} FOR UPDATE`;
    const [ended] = await tx.$queryRaw<{ interrupted: boolean; bytes: bigint; duration_ms: number | null }[]>`
      UPDATE recordings SET status = ${end.status}, interrupted = delivered_at IS NULL, completed_at = now(),
        bytes = coalesce(${bytes}::bigint, bytes), duration_ms = coalesce(${durationMs}::int, duration_ms),
        sub_code = ${subCode}, detail = ${detail}
      WHERE id = ${turn.id} AND status = 'recording'
      RETURNING interrupted, bytes, duration_ms`;
    if (!ended) return false;
    const lost = await keepLostParts(tx, turn.id, gaps);
    await appendEvents(tx, turn.bot_id, [
      ...lost.map(
        (gap) => ({ type: 'recording.gap', payload: { actor, recording_id: turn.id, ...gap } }) as const,
      ),
      {
        type: end.status === 'ready' ? 'recording.ready' : 'recording.failed',
        ...(subCode === null ? {} : { subCode }),
        payload: {
          actor,
          recording_id: turn.id,
          interrupted: ended.interrupted,
          bytes: Number(ended.bytes),
          duration_ms: ended.duration_ms ?? 0,
          ...(detail === null ? {} : { detail }),
        },
      },
    ]);
    return true;
  });
}

/** A gap that the runtime has reported at the same place is shorter than a whole part. */
async function keepLostParts(
  tx: Transaction,
  recordingId: string,
  gaps: readonly Gap[],
): Promise<RecordingGap[]> {
  const lost = gaps.map(
    ({ fromMs, toMs }): RecordingGap => ({ at_ms: fromMs, missing_ms: toMs - fromMs, reason: 'part_lost' }),
  );
  if (lost.length > 0) {
    await tx.$executeRaw`
      INSERT INTO recording_gaps (recording_id, at_ms, missing_ms, reason)
      SELECT ${recordingId}, * FROM unnest(${lost.map((gap) => gap.at_ms)}::int[],
        ${lost.map((gap) => gap.missing_ms)}::int[], ${lost.map((gap) => gap.reason)}::text[])
      ON CONFLICT (recording_id, at_ms) DO UPDATE SET missing_ms = excluded.missing_ms, reason = excluded.reason`;
  }
  return lost;
}
