// The parts of a recording, as its runtime reported them.
import type { Db, Transaction } from '../client.ts';

export interface ReportedPart {
  partNumber: number;
  etag: string;
  bytes: number;
  /** Duration of the recording up to the end of this part, ms. */
  mediaMs: number;
}

/**
 * Stores that a recording is delivered: its runtime has uploaded all parts. Stores its length too, and the parts,
 * which may be one more than were reported before. Repeating it changes nothing. False when there is no such
 * recording of this bot and attempt. Served by the primary keys.
 */
export async function noteDelivered(
  tx: Transaction,
  delivered: {
    recordingId: string;
    botId: string;
    attempt: number;
    mediaMs: number;
    /** Each part number at most once. */
    parts: readonly Omit<ReportedPart, 'mediaMs'>[];
  },
): Promise<boolean> {
  const { recordingId, botId, attempt, mediaMs, parts } = delivered;
  const rows = await tx.$queryRaw<{ status: string }[]>`
    SELECT status FROM recordings WHERE id = ${recordingId} AND bot_id = ${botId} AND attempt = ${attempt}
    FOR UPDATE`;
  if (rows[0]?.status !== 'recording') return rows.length > 0;
  await tx.$executeRaw`
    INSERT INTO recording_parts AS p (recording_id, part_number, etag, bytes, media_ms)
    SELECT ${recordingId}, *, ${mediaMs} FROM unnest(
      ${parts.map((part) => part.partNumber)}::int[], ${parts.map((part) => part.etag)}::text[],
      ${parts.map((part) => part.bytes)}::bigint[])
    ON CONFLICT (recording_id, part_number) DO UPDATE SET etag = excluded.etag, bytes = excluded.bytes
      WHERE (p.etag, p.bytes) IS DISTINCT FROM (excluded.etag, excluded.bytes)`;
  await tx.$executeRaw`
    UPDATE recordings SET delivered_at = coalesce(delivered_at, now()), duration_ms = ${mediaMs},
      bytes = (SELECT coalesce(sum(bytes), 0) FROM recording_parts WHERE recording_id = ${recordingId})
    WHERE id = ${recordingId}`;
  return true;
}

/** Reads the parts of a recording that its runtime has reported, in order. Served by the primary key. */
export async function reportedParts(db: Db, recordingId: string): Promise<ReportedPart[]> {
  const rows = await db.recordingPart.findMany({ where: { recordingId }, orderBy: { partNumber: 'asc' } });
  return rows.map(({ partNumber, etag, bytes, mediaMs }) => ({
    partNumber,
    etag,
    bytes: Number(bytes),
    mediaMs,
  }));
}
