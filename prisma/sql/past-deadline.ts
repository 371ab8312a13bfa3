import type { Transaction } from '../client.ts';
import { ABSENT_AFTER_MS } from './note-sweep.ts';

/** After an absence a bot waits for at least this long, or its whole queue timeout where that is shorter. */
const SECOND_CHANCE_MS = 60_000;

export type DeadlineRuling =
  /** Not over, as its row says now. */
  | { kind: 'waits' }
  /** Over, but slots could not be given out for a part of it: it got that time again. */
  | { kind: 'extended'; absentMs: number }
  | { kind: 'ends'; subCode: 'queue_timeout' }
  /** It would have had more time, but its meeting is over by then. */
  | { kind: 'ends'; subCode: 'scheduler_away'; absentMs: number };

/**
 * Rules what becomes of a waiting bot whose time in the queue is up, and locks it for the rest of the
 * transaction. Only time in which slots could be given out counts: time without a scheduler, a database or a
 * queue is added to its deadline, for as long as the bot could still be in its call, had it come in time
 * (`max_duration_seconds` after it was wanted, or its `end_at`). Served by the primary keys.
 */
export async function settleDeadline(tx: Transaction, botId: string): Promise<DeadlineRuling> {
  const locked = await tx.$queryRaw<{ id: string }[]>`
    SELECT b.id FROM bots b JOIN bot_pool_queue q ON q.bot_id = b.id
    WHERE b.id = ${botId} AND q.deadline_at <= now() FOR UPDATE OF b, q`;
  if (locked.length === 0) return { kind: 'waits' };
  // A statement of its own: it sees what is true since the lock was taken.
  const [ruled] = await tx.$queryRaw<{ absent_ms: number; is_extended: boolean; is_cut: boolean }[]>`
    WITH waiting AS (
      SELECT q.bot_id, q.deadline_at - q.absent_ms * interval '1 ms' AS own_deadline_at,
        greatest(q.deadline_at - (q.absent_ms + b.queue_timeout_ms) * interval '1 ms', b.join_at, b.created_at) AS since,
        least(b.queue_timeout_ms, ${SECOND_CHANCE_MS}) * interval '1 ms' AS second_chance,
        least(b.end_at,
          greatest(b.join_at, b.created_at) + (b.leave_rules ->> 'max_duration_seconds')::int * interval '1 s') AS over_at
      FROM bot_pool_queue q JOIN bots b ON b.id = q.bot_id WHERE q.bot_id = ${botId}
    ), absent AS (
      SELECT coalesce(sum(a.until_at - greatest(a.from_at, w.since)), interval '0') AS lasted, max(a.until_at) AS until_at
      FROM waiting w JOIN (
        SELECT from_at, until_at FROM scheduler_absences
        UNION ALL
        SELECT dispatched_at, now() FROM last_sweep WHERE dispatched_at < now() - ${ABSENT_AFTER_MS} * interval '1 ms'
      ) a ON a.until_at > w.since
    ), fair AS (
      SELECT w.*, a.lasted, greatest(w.own_deadline_at + a.lasted, a.until_at + w.second_chance) AS deadline_at
      FROM waiting w, absent a
    ), extended AS (
      UPDATE bot_pool_queue q SET deadline_at = least(f.deadline_at, f.over_at),
        absent_ms = 1000 * extract(epoch FROM least(f.deadline_at, f.over_at) - f.own_deadline_at)
      FROM fair f WHERE q.bot_id = f.bot_id AND least(f.deadline_at, f.over_at) > now()
      RETURNING q.bot_id
    )
    SELECT (1000 * extract(epoch FROM lasted))::float8 AS absent_ms, deadline_at > now() AS is_cut,
      EXISTS (SELECT 1 FROM extended) AS is_extended
    FROM fair`;
  if (!ruled) return { kind: 'waits' };
  const absentMs = ruled.absent_ms;
  if (ruled.is_extended) return { kind: 'extended', absentMs };
  return ruled.is_cut
    ? { kind: 'ends', subCode: 'scheduler_away', absentMs }
    : { kind: 'ends', subCode: 'queue_timeout' };
}
