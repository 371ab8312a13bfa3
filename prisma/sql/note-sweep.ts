import type { Db } from '../client.ts';

/** Notes that a round of the sweep was gone through just now. Served by the primary key of the only row. */
export async function noteSweep(db: Db): Promise<void> {
  await db.$executeRaw`
    INSERT INTO last_sweep (swept_at) VALUES (now())
    ON CONFLICT (id) DO UPDATE SET swept_at = excluded.swept_at`;
}

/** How long ago the last round of the sweep was, ms; null before the first. Served by the primary key of the only row. */
export async function sweepAgeMs(db: Db): Promise<number | null> {
  const rows = await db.$queryRaw<{ age_ms: number }[]>`
    SELECT (extract(epoch FROM now() - swept_at) * 1000)::float8 AS age_ms FROM last_sweep`;
  return rows[0]?.age_ms ?? null;
}
