import { newId } from '@meeboter/domain/ids.ts';
import type { Database } from '../client.ts';
import { Prisma } from '../generated/client.ts';
import { eventNumbers } from './event-numbers.ts';

/**
 * So much before its time a bot is due: a start job comes at the beginning of its tenth of a second, and
 * the clocks of two machines never agree. A look that comes too early would leave the bot to the sweep;
 * a bot that comes early waits for its join time in its browser.
 */
export const EARLY_MS = 200;

/**
 * Puts up to `batch` bots whose start has come into the line, in one statement: QUEUED, event and
 * queue row. Bots are locked with SKIP LOCKED, then their accounts in one order, so any number may
 * run at once. How long a bot may wait counts from the moment it was wanted: not from its start, which a
 * lead puts before that, nor from now, when it is late because everything was down; one that is later than
 * that ends as `queue_timeout` instead of joining a meeting that is over. Returns the ids. Served by bots_start_at_scheduled.
 */
export async function startDueBots(db: Database, { batch }: { batch: number }): Promise<string[]> {
  const eventIds = Array.from({ length: batch }, () => newId('evt'));
  const rows = await db.$queryRaw<{ id: string }[]>`
    WITH locked AS MATERIALIZED (
      SELECT id, user_id, start_at FROM bots
      WHERE status = 'SCHEDULED' AND start_at <= now() + ${EARLY_MS} * interval '1 ms'
      ORDER BY start_at LIMIT ${batch} FOR UPDATE SKIP LOCKED
    ), due AS MATERIALIZED (
      SELECT *, row_number() OVER (ORDER BY start_at, id) AS rn,
        row_number() OVER (PARTITION BY user_id ORDER BY start_at, id) AS nth
      FROM locked
    ), moved AS (
      UPDATE bots b SET status = 'QUEUED', sub_code = 'due', queued_at = now()
      FROM due WHERE b.id = due.id
      RETURNING b.id, b.user_id, b.attempt, b.order_key, due.rn, due.nth,
        greatest(b.join_at, b.created_at) + b.queue_timeout_ms * interval '1 ms' AS deadline_at
    ), ${eventNumbers(Prisma.sql`due`)}, told AS (
      INSERT INTO events (id, user_id, seq, bot_id, type, sub_code, payload, attempt)
      SELECT (${eventIds}::text[])[m.rn], m.user_id, c.seq_before + m.nth, m.id, 'bot.status_changed', 'due',
        jsonb_build_object('from', 'SCHEDULED', 'to', 'QUEUED', 'actor', 'scheduler'), m.attempt
      FROM moved m JOIN counted c USING (user_id)
    ), lined_up AS (
      INSERT INTO bot_pool_queue (bot_id, order_key, deadline_at) SELECT id, order_key, deadline_at FROM moved
    )
    SELECT id FROM moved`;
  return rows.map((row) => row.id);
}
