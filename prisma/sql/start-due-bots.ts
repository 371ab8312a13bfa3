import type { Actor } from '@meeboter/domain/events.ts';
import type { Database } from '../client.ts';
import { Prisma } from '../generated/client.ts';
import { statusEventsOf } from './append-events.ts';

/**
 * A bot counts as due this long before its start. A start job runs at the beginning of the tenth of a
 * second in which the start lies, and the clocks of two machines differ a little; a job that ran too early
 * would leave the bot to the sweep. A bot that starts early waits for its join time in its browser.
 */
export const EARLY_MS = 200;

/**
 * Moves up to `batch` SCHEDULED bots whose start has come to QUEUED, in one statement: status, event and
 * queue row. Bots are locked with SKIP LOCKED, so any number of callers may run at once. The queue timeout
 * counts from the join time or the booking, whichever is later: not from the start, which is earlier by the
 * lead, and not from now, because a bot that starts late should not wait for a meeting that is over by then; nor does a bot wait beyond its end.
 * Returns the bots' ids. Served by bots_start_at_scheduled.
 */
export async function startDueBots(db: Database, { batch }: { batch: number }): Promise<string[]> {
  const details = JSON.stringify({ actor: 'scheduler' satisfies Actor });
  const rows = await db.$queryRaw<{ id: string }[]>`
    WITH due AS MATERIALIZED (
      SELECT id FROM bots
      WHERE status = 'SCHEDULED' AND start_at <= now() + ${EARLY_MS} * interval '1 ms'
      ORDER BY start_at LIMIT ${batch} FOR UPDATE SKIP LOCKED
    ), moved AS (
      UPDATE bots b SET status = 'QUEUED', sub_code = 'due', queued_at = now(), event_seq = b.event_seq + 1
      FROM due WHERE b.id = due.id
      RETURNING b.id, b.user_id, b.attempt, b.event_seq, b.sub_code, b.order_key, ${details}::jsonb AS details,
        'SCHEDULED' AS from_status, b.status AS to_status,
        least(b.end_at, greatest(b.join_at, b.created_at) + b.queue_timeout_ms * interval '1 ms') AS deadline_at
    ), logged AS (${statusEventsOf(Prisma.sql`moved`)}
    ), enqueued AS (
      INSERT INTO bot_pool_queue (bot_id, order_key, deadline_at) SELECT id, order_key, deadline_at FROM moved
    )
    SELECT id FROM moved`;
  return rows.map((row) => row.id);
}
