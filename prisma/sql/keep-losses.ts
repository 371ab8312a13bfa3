import { MAX_GAPS, type RecordingGap } from '@meeboter/domain/bot-protocol.ts';
import type { Transaction } from '../client.ts';

/** Identifies the recordings of one attempt of a bot: a runtime may write to no others. */
export interface RecordingOwner {
  botId: string;
  attempt: number;
}

export interface ReportedGap extends RecordingGap {
  recording_id: string;
}

/**
 * Stores gaps of recordings, and returns those that are new. A gap that begins at the same time as a stored one
 * replaces it. Ignored: gaps in recordings of other bots or attempts, and further gaps of a recording that has
 * MAX_GAPS. Served by the primary keys.
 */
export async function keepGaps(
  tx: Transaction,
  { botId, attempt }: RecordingOwner,
  gaps: readonly ReportedGap[],
): Promise<readonly ReportedGap[]> {
  if (gaps.length === 0) return [];
  // `xmax` is 0 in a row that was inserted and not updated.
  const rows = await tx.$queryRaw<{ recording_id: string; at_ms: number; is_new: boolean }[]>`
    WITH given AS MATERIALIZED (
      SELECT DISTINCT ON (r.id, a.at_ms) r.id AS recording_id, a.at_ms, a.missing_ms, a.reason, a.n, EXISTS (
        SELECT 1 FROM recording_gaps g WHERE g.recording_id = r.id AND g.at_ms = a.at_ms) AS is_known
      FROM unnest(
        ${gaps.map((gap) => gap.recording_id)}::text[], ${gaps.map((gap) => gap.at_ms)}::int[],
        ${gaps.map((gap) => gap.missing_ms)}::int[], ${gaps.map((gap) => gap.reason)}::text[]
      ) WITH ORDINALITY AS a(recording_id, at_ms, missing_ms, reason, n)
      JOIN recordings r ON r.id = a.recording_id AND r.bot_id = ${botId} AND r.attempt = ${attempt}
      ORDER BY r.id, a.at_ms, a.n DESC
    ), numbered AS (
      SELECT *, row_number() OVER (PARTITION BY recording_id, is_known ORDER BY n) AS nth FROM given
    )
    INSERT INTO recording_gaps (recording_id, at_ms, missing_ms, reason)
    SELECT recording_id, at_ms, missing_ms, reason FROM numbered
    WHERE is_known OR nth <= ${MAX_GAPS} - (
      SELECT count(*) FROM recording_gaps g WHERE g.recording_id = numbered.recording_id)
    ON CONFLICT (recording_id, at_ms) DO UPDATE SET missing_ms = excluded.missing_ms, reason = excluded.reason
    RETURNING recording_id, at_ms, (xmax = 0) AS is_new`;
  return rows.flatMap(({ is_new, recording_id, at_ms }) => {
    const isThis = (gap: ReportedGap) => gap.recording_id === recording_id && gap.at_ms === at_ms;
    const gap = is_new && gaps.findLast(isThis);
    return gap ? [gap] : [];
  });
}

/** Stores how many frames of a recording were dropped. Served by the primary key. */
export async function keepDroppedFrames(
  tx: Transaction,
  { botId, attempt }: RecordingOwner,
  frames: { recording_id: string; dropped: number },
): Promise<void> {
  await tx.recording.updateMany({
    where: { id: frames.recording_id, botId, attempt },
    data: { droppedFrames: frames.dropped },
  });
}
