import { type NewEvent, STATUS_CHANGED } from '@meeboter/domain/events.ts';
import type { Transaction } from '../client.ts';
import { Prisma } from '../generated/client.ts';

/**
 * Writes events of one bot, in the order given, in the caller's transaction. Not for changes of status:
 * those are written with the change. The events get the bot's next numbers; their account's numbers come
 * later, from the sequencer. The update locks the bot's row, so the numbers of one bot follow commit
 * order. Served by the primary key.
 */
export async function appendEvents(
  tx: Transaction,
  botId: string,
  events: readonly NewEvent[],
): Promise<void> {
  if (events.length === 0) return;
  await tx.$executeRaw`
    WITH counted AS (
      UPDATE bots SET event_seq = event_seq + ${events.length} WHERE id = ${botId}
      RETURNING id, user_id, attempt, event_seq - ${events.length} AS seq_before
    )
    INSERT INTO events (user_id, bot_id, bot_seq, type, sub_code, payload, attempt)
    SELECT c.user_id, c.id, c.seq_before + e.n, e.type, e.sub_code, e.payload::jsonb, c.attempt
    FROM counted c, unnest(
      ${events.map(({ type }) => type)}::text[], ${events.map(({ subCode }) => subCode ?? null)}::text[],
      ${events.map(({ payload }) => JSON.stringify(payload))}::text[]
    ) WITH ORDINALITY AS e(type, sub_code, payload, n)
    ORDER BY e.n`;
}

/** The same for one event. */
export function appendEvent(tx: Transaction, botId: string, event: NewEvent): Promise<void> {
  return appendEvents(tx, botId, [event]);
}

/**
 * A CTE that writes one `bot.status_changed` event for each row of the CTE `moved`, the update of `bots`
 * that changed the status. `moved` must return id, user_id, attempt, event_seq (already raised),
 * from_status, to_status, sub_code, and `details`: the remaining fields of the payload (`actor` and optional
 * ones) as jsonb.
 */
export const statusEventsOf = (moved: Prisma.Sql): Prisma.Sql => Prisma.sql`
      INSERT INTO events (user_id, bot_id, bot_seq, type, sub_code, payload, attempt)
      SELECT m.user_id, m.id, m.event_seq, ${STATUS_CHANGED}, m.sub_code,
        jsonb_build_object('from', m.from_status, 'to', m.to_status) || m.details, m.attempt
      FROM ${moved} m`;
