import type { Transaction } from '../client.ts';

export interface UploadedPart {
  recording_id: string;
  part_number: number;
  etag: string;
  bytes: number;
  media_ms: number;
}

/**
 * Keeps parts that a bot's runtime has uploaded. A part uploaded again under its number replaces the
 * earlier one. Only parts of this attempt's recordings, and only while they grow. Served by the primary keys.
 */
export async function keepParts(
  tx: Transaction,
  { botId, attempt }: { botId: string; attempt: number },
  parts: readonly UploadedPart[],
): Promise<void> {
  if (parts.length === 0) return;
  await tx.$executeRaw`
    INSERT INTO recording_parts (recording_id, part_number, etag, bytes, media_ms)
    SELECT DISTINCT ON (r.id, a.part_number) r.id, a.part_number, a.etag, a.bytes, a.media_ms
    FROM unnest(
      ${parts.map((part) => part.recording_id)}::text[], ${parts.map((part) => part.part_number)}::int[],
      ${parts.map((part) => part.etag)}::text[], ${parts.map((part) => BigInt(part.bytes))}::bigint[],
      ${parts.map((part) => part.media_ms)}::int[]
    ) WITH ORDINALITY AS a(recording_id, part_number, etag, bytes, media_ms, n)
    JOIN recordings r ON r.id = a.recording_id
      AND r.bot_id = ${botId} AND r.attempt = ${attempt} AND r.status = 'recording'
    ORDER BY r.id, a.part_number, a.n DESC
    ON CONFLICT (recording_id, part_number) DO UPDATE
      SET etag = excluded.etag, bytes = excluded.bytes, media_ms = excluded.media_ms`;
}
