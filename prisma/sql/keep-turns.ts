import { Prisma } from '../generated/client.ts';

export interface Turn {
  external_id: string;
  /** RFC 3339 UTC, both. */
  started_at: string;
  ended_at: string;
}

/**
 * A CTE that stores speaker turns of a bot's participants. The CTE `of` has one row, with the bot's id as
 * `bot_id`. A turn that is already stored stays as it is. Served by the primary key.
 */
export const turnsOf = (of: Prisma.Sql, turns: readonly Turn[]): Prisma.Sql => Prisma.sql`
      INSERT INTO speaker_turns (bot_id, external_id, started_at, ended_at)
      SELECT o.bot_id, t.external_id, t.started_at, t.ended_at FROM ${of} o, unnest(
        ${turns.map((turn) => turn.external_id)}::text[],
        ${turns.map((turn) => new Date(turn.started_at))}::timestamptz[],
        ${turns.map((turn) => new Date(turn.ended_at))}::timestamptz[]
      ) AS t(external_id, started_at, ended_at)
      ON CONFLICT DO NOTHING`;
