import { Prisma } from '../generated/client.ts';

export interface UploadedPart {
  recording_id: string;
  part_number: number;
  etag: string;
  bytes: number;
  media_ms: number;
}

/**
 * CTEs that store the parts which a runtime has uploaded, and update the size of their recordings. The CTE
 * `of` has one row, with the bot's id and attempt. A later upload under the same part number replaces the
 * earlier one, and counts once. Ignored: parts of other attempts' recordings, and of recordings that are
 * completed or failed. Served by the primary keys.
 */
export const partSteps = (of: Prisma.Sql, parts: readonly UploadedPart[]): Prisma.Sql => Prisma.sql`
    parts AS MATERIALIZED (
      SELECT DISTINCT ON (r.id, a.part_number) r.id AS recording_id, a.part_number, a.etag, a.bytes, a.media_ms,
        coalesce((SELECT bytes FROM recording_parts p
          WHERE p.recording_id = r.id AND p.part_number = a.part_number), 0) AS bytes_before
      FROM ${of} o, unnest(
        ${parts.map((part) => part.recording_id)}::text[], ${parts.map((part) => part.part_number)}::int[],
        ${parts.map((part) => part.etag)}::text[], ${parts.map((part) => BigInt(part.bytes))}::bigint[],
        ${parts.map((part) => part.media_ms)}::int[]
      ) WITH ORDINALITY AS a(recording_id, part_number, etag, bytes, media_ms, n)
      JOIN recordings r ON r.id = a.recording_id AND r.status = 'recording'
      WHERE r.bot_id = o.bot_id AND r.attempt = o.attempt
      ORDER BY r.id, a.part_number, a.n DESC
    ), kept_parts AS (
      INSERT INTO recording_parts (recording_id, part_number, etag, bytes, media_ms)
      SELECT recording_id, part_number, etag, bytes, media_ms FROM parts
      ON CONFLICT (recording_id, part_number) DO UPDATE
        SET etag = excluded.etag, bytes = excluded.bytes, media_ms = excluded.media_ms
    ), grown_recordings AS (
      UPDATE recordings r SET bytes = r.bytes + grown.bytes, duration_ms = greatest(r.duration_ms, grown.media_ms)
      FROM (
        SELECT recording_id, sum(bytes - bytes_before) AS bytes, max(media_ms) AS media_ms
        FROM parts GROUP BY recording_id
      ) grown
      WHERE r.id = grown.recording_id
    )`;
