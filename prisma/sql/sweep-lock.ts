import type { Database } from '../client.ts';

/** Key of the advisory lock. Arbitrary, but no other lock of ours has it. */
const SWEEP_LOCK = 7_201_126;
/** PostgreSQL ends the session of a holder that sends no statement for this long (a frozen process), which releases the lock. */
const FROZEN_MS = 20_000;

/**
 * Runs `work` under an advisory lock, so that only one scheduler on this database runs it at a time. Returns
 * false, without running `work`, when another process holds the lock. A transaction holds the lock: it is
 * released with the session of a process that was killed or sent no statement for 20 s. Therefore `work` has to call
 * `stillMine` before each of its steps; it throws when the lock is lost. `work` uses other connections.
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
