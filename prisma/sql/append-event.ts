import { newId } from '@meeboter/domain/ids.ts';
import type { Transaction } from '../client.ts';

export interface NewEvent {
  botId: string;
  /** resource.verb, past tense. */
  type: string;
  subCode?: string;
  payload: Record<string, unknown>;
}

/**
 * Writes one event that is not a change of status. The account's counter is raised in the same
 * transaction, so numbers follow commit order without a gap. Served by primary keys.
 */
export async function appendEvent(tx: Transaction, event: NewEvent): Promise<void> {
  await tx.$executeRaw`
    WITH counted AS (
      UPDATE subscription s SET event_seq = event_seq + 1 FROM bots b
      WHERE b.id = ${event.botId} AND s.user_id = b.user_id
      RETURNING b.id AS bot_id, b.user_id, b.attempt, s.event_seq
    )
    INSERT INTO events (id, user_id, seq, bot_id, type, sub_code, payload, attempt)
    SELECT ${newId('evt')}, user_id, event_seq, bot_id, ${event.type}, ${event.subCode ?? null},
      ${JSON.stringify(event.payload)}::jsonb, attempt
    FROM counted`;
}
