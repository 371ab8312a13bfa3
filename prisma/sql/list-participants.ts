import type { Db } from '../client.ts';

export interface ParticipantStay {
  id: string;
  name: string;
  is_host: boolean;
  joined_at: Date;
  left_at: Date | null;
  /** Why the server ended the stay; null when the participant left, or is still there. */
  closed_by: 'bot_left' | 'bot_lost' | null;
  /** Sum of the turns that began during the stay. */
  spoke_ms: number;
}

/**
 * One page of the stays in a bot's call, ordered by joining time: up to `limit` stays that come after
 * `after`, each with how long its participant spoke. Reads only the turns of the stays on the page. Served
 * by participants_bot_id_joined_at_id_idx and the primary key of speaker_turns.
 */
export async function listParticipants(
  db: Db,
  botId: string,
  { after, limit }: { after: { joined_at: Date; id: string } | null; limit: number },
): Promise<ParticipantStay[]> {
  return db.$queryRaw<ParticipantStay[]>`
    WITH stays AS MATERIALIZED (
      SELECT id, external_id, name, is_host, joined_at, left_at, closed_by FROM participants
      WHERE bot_id = ${botId} AND (joined_at, id) > (
        coalesce(${after?.joined_at ?? null}::timestamptz, '-infinity'), coalesce(${after?.id ?? null}, ''))
      ORDER BY joined_at, id LIMIT ${limit}
    )
    SELECT s.id, s.name, s.is_host, s.joined_at, s.left_at, s.closed_by, turns.spoke_ms
    FROM stays s CROSS JOIN LATERAL (
      SELECT coalesce(sum(1000 * extract(epoch FROM greatest(t.ended_at - t.started_at, interval '0'))), 0)::float8
        AS spoke_ms
      FROM speaker_turns t
      WHERE t.bot_id = ${botId} AND t.external_id = s.external_id
        AND t.started_at >= s.joined_at AND t.started_at <= coalesce(s.left_at, 'infinity')
    ) turns
    ORDER BY s.joined_at, s.id`;
}
