import type { Db } from '../client.ts';

export interface ParticipantStay {
  id: string;
  name: string;
  is_host: boolean;
  joined_at: Date;
  left_at: Date | null;
  /** Why the server ended the stay; null when the participant left, or is still there. */
  closed_by: 'bot_left' | 'bot_lost' | null;
  /** Sum of the turns of the stay. */
  spoke_ms: number;
}

/**
 * One page of the stays in a bot's call, ordered by joining time: up to `limit` stays that come after
 * `after`, each with how long its participant spoke. Reads only the turns of the stays on the page.
 *
 * Every turn counts for exactly one of its participant's stays, if there is one: a page may show who speaks before
 * it shows who is there, or after it has shown that somebody left. A turn counts for the stay that it began in, else
 * for the next one, else for the last. Served by participants_bot_id_joined_at_id_idx,
 * participants_bot_id_external_id_joined_at_key and the primary key of speaker_turns.
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
      SELECT
        -- least() ignores a departure that is not known.
        coalesce((SELECT least(p.left_at, s.joined_at) FROM participants p
          WHERE p.bot_id = ${botId} AND p.external_id = s.external_id AND p.joined_at < s.joined_at
          ORDER BY p.joined_at DESC LIMIT 1), '-infinity') AS after,
        coalesce((SELECT least(s.left_at, p.joined_at) FROM participants p
          WHERE p.bot_id = ${botId} AND p.external_id = s.external_id AND p.joined_at > s.joined_at
          ORDER BY p.joined_at LIMIT 1), 'infinity') AS until
    ) span CROSS JOIN LATERAL (
      SELECT coalesce(sum(1000 * extract(epoch FROM greatest(t.ended_at - t.started_at, interval '0'))), 0)::float8
        AS spoke_ms
      FROM speaker_turns t
      WHERE t.bot_id = ${botId} AND t.external_id = s.external_id
        AND t.started_at > span.after AND t.started_at <= span.until
    ) turns
    ORDER BY s.joined_at, s.id`;
}
