// What the pool stores of a deployment platform's faults: until when it counts as full, and its breaker.
import type { Db } from '../client.ts';

/** Backoff for a platform that said it is full: the first pause, doubled with each further refusal, and the longest. */
const FULL_FOR_MS = 2_000;
const FULL_FOR_AT_MOST_MS = 60_000;
/** The breaker opens after so many transient faults in a row, and at the first fault of the configuration. */
const FAILURES_TO_OPEN = 5;
/** How long it stays open: the first time, doubled each time, and the longest. */
const OUT_FOR_MS = 15_000;
const OUT_FOR_AT_MOST_MS = 300_000;
/** Longest stored text of a fault. */
const FAULT_CHARACTERS = 1_000;

export interface Fault {
  kind: 'capacity' | 'transient' | 'config';
  /** The platform's own words. */
  message: string;
}

/**
 * Stores a fault of a platform. The dispatcher gives out no slot of a platform that is full, or whose breaker is open,
 * until the backoff has passed; then it tries it with one bot. Returns true when the breaker is open now. Served by the
 * primary key.
 */
export async function notePlatformFault(
  db: Db,
  platform: string,
  { kind, message }: Fault,
): Promise<boolean> {
  const isFull = kind === 'capacity';
  const opensAt = kind === 'config' ? 1 : FAILURES_TO_OPEN;
  const [row] = await db.$queryRaw<{ is_out: boolean }[]>`
    INSERT INTO bot_pool_platforms AS p (deployment_platform, refusals, full_until, failures, out_until,
      last_fault, last_fault_kind, last_fault_at)
    VALUES (${platform}, ${isFull ? 1 : 0},
      CASE WHEN ${isFull} THEN now() + ${FULL_FOR_MS} * interval '1 ms' END,
      ${isFull ? 0 : 1}, CASE WHEN ${!isFull && opensAt === 1} THEN now() + ${OUT_FOR_MS} * interval '1 ms' END,
      left(${message}, ${FAULT_CHARACTERS}), ${kind}, now())
    ON CONFLICT (deployment_platform) DO UPDATE SET
      -- Refusals that arrive during the pause count as one.
      refusals = CASE WHEN NOT ${isFull} OR p.full_until > now() THEN p.refusals ELSE least(p.refusals + 1, 20) END,
      full_until = CASE WHEN NOT ${isFull} OR p.full_until > now() THEN p.full_until ELSE
        now() + least(${FULL_FOR_MS} * power(2, p.refusals), ${FULL_FOR_AT_MOST_MS}) * interval '1 ms' END,
      -- So do faults while the breaker is open.
      failures = CASE WHEN ${isFull} OR p.out_until > now() THEN p.failures ELSE least(p.failures + 1, 100) END,
      out_until = CASE
        WHEN ${isFull} OR p.out_until > now() OR p.failures + 1 < ${opensAt} THEN p.out_until
        ELSE now() + least(${OUT_FOR_MS} * power(2, least(greatest(p.failures + 1 - ${opensAt}, 0), 20)),
          ${OUT_FOR_AT_MOST_MS}) * interval '1 ms' END,
      last_fault = excluded.last_fault, last_fault_kind = excluded.last_fault_kind, last_fault_at = now()
    RETURNING coalesce(out_until > now(), false) AS is_out`;
  return row?.is_out ?? false;
}

/** Drains a platform, or takes it back into use: a drained one gets no more bots, and those that run there stay. Served by the primary key. */
export async function drainPlatform(db: Db, platform: string, drained: boolean): Promise<void> {
  await db.$executeRaw`
    INSERT INTO bot_pool_platforms AS p (deployment_platform, drained_at)
    VALUES (${platform}, CASE WHEN ${drained} THEN now() END)
    ON CONFLICT (deployment_platform) DO UPDATE
      SET drained_at = CASE WHEN ${drained} THEN coalesce(p.drained_at, now()) END`;
}
