import type { Db } from '../client.ts';

/** Longer than a late round of the sweep, or its takeover by another scheduler. */
export const ABSENT_AFTER_MS = 5_000;
const KEPT_DAYS = 7;

/**
 * Notes that a round of the sweep was gone through just now. `dispatched`: slots could be given out in it, and
 * the queue took its hints. The first such round after a while without one also notes the absence: it does not
 * count as waiting time (`settleDeadline`). Served by the primary keys.
 */
export async function noteSweep(db: Db, { dispatched }: { dispatched: boolean }): Promise<void> {
  await db.$executeRaw`
    WITH absent AS (
      INSERT INTO scheduler_absences (from_at, until_at)
      SELECT dispatched_at, now() FROM last_sweep
      WHERE ${dispatched} AND dispatched_at < now() - ${ABSENT_AFTER_MS} * interval '1 ms'
      ON CONFLICT DO NOTHING RETURNING from_at
    ), forgotten AS (
      DELETE FROM scheduler_absences
      WHERE until_at < now() - ${KEPT_DAYS} * interval '1 day' AND EXISTS (SELECT 1 FROM absent)
    )
    INSERT INTO last_sweep (swept_at, dispatched_at) VALUES (now(), now())
    ON CONFLICT (id) DO UPDATE SET swept_at = now(),
      dispatched_at = CASE WHEN ${dispatched} THEN now() ELSE last_sweep.dispatched_at END`;
}

/** How long ago the last round of the sweep was, ms; null before the first. Served by the primary key of the only row. */
export async function sweepAgeMs(db: Db): Promise<number | null> {
  const rows = await db.$queryRaw<{ age_ms: number }[]>`
    SELECT (extract(epoch FROM now() - swept_at) * 1000)::float8 AS age_ms FROM last_sweep`;
  return rows[0]?.age_ms ?? null;
}
