import type { Database } from '../client.ts';

/** Any number, the same for every scheduler on one database. */
const SWEEP_LOCK = 7_201_126;
/** A holder that says nothing for this long (a frozen process) loses its session, and with it the lock. */
const FROZEN_MS = 20_000;

/**
 * Runs `work` unless another process is at it on this database: one runner at a time, however many
 * schedulers there are. Returns false when it was not this one's turn. The lock is a transaction's, so it
 * is gone with the session of a killed process, or of one that was silent for 20 s: `work` has to call
 * `stillMine` before each of its steps, which throws when the lock is lost. `work` uses connections of its own.
 */
export async function withSweepLock(
  db: Database,
  work: (stillMine: () => Promise<void>) => Promise<void>,
  options: { timeoutMs: number },
): Promise<boolean> {
  return db.$transaction(
    async (tx) => {
      await tx.$executeRaw`SELECT set_config('idle_in_transaction_session_timeout', ${String(FROZEN_MS)}, true)`;
      const [row] = await tx.$queryRaw<{ mine: boolean }[]>`
        SELECT pg_try_advisory_xact_lock(${SWEEP_LOCK}) AS mine`;
      if (!row?.mine) return false;
      await work(async () => void (await tx.$queryRaw`SELECT 1`));
      return true;
    },
    { timeout: options.timeoutMs, maxWait: 5_000 },
  );
}
