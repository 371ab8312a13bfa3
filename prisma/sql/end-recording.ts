import type { Actor } from '@meeboter/domain/events.ts';
import type { Database } from '../client.ts';
import { appendEvent } from './append-events.ts';
import type { RecordingTurn } from './recordings-to-finish.ts';

export type RecordingEnd =
  /** `durationMs`: null keeps what the runtime reported. `detail`: which parts are missing. */
  | { status: 'ready'; bytes: number; durationMs: number | null; detail: string | null }
  /** `detail`: the object store's error message. */
  | { status: 'failed'; subCode: string; detail: string };

/**
 * Ends a recording as `ready` or `failed`, with its event. The rows of the parts stay, also of a failed one, because
 * the parts may still be in the store. False when the recording has ended before. Served by the primary keys.
 */
export async function endRecording(
  db: Database,
  turn: RecordingTurn,
  actor: Actor,
  end: RecordingEnd,
): Promise<boolean> {
  const { bytes, durationMs, subCode, detail } = { bytes: null, durationMs: null, subCode: null, ...end };
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
    await appendEvent(tx, turn.bot_id, {
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
    });
    return true;
  });
}
