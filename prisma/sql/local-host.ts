import type { Db } from '../client.ts';

/** A machine that has not been seen for this long may be replaced by another. */
const HOST_AWAY_MS = 60_000;
/** The same for one that runs no bot. */
const IDLE_HOST_AWAY_MS = 15_000;

/**
 * The local platform is one machine: a deployer on another one sees none of its processes, and would
 * take every bot there for gone. Returns true when `host` is that machine, or becomes it because no
 * other holds the place (none was seen within a minute, or within 15 s and the other has no bot). Ask again every
 * few seconds: it is the sign of life too. Served by the primary key and bot_pool_slots_in_use.
 */
export async function holdLocalPlatform(db: Db, host: string): Promise<boolean> {
  const held = await db.$executeRaw`
    INSERT INTO bot_pool_platforms AS p (deployment_platform, host, host_seen_at) VALUES ('local', ${host}, now())
    ON CONFLICT (deployment_platform) DO UPDATE SET host = excluded.host, host_seen_at = now()
    WHERE p.host IS NULL OR p.host = excluded.host
      OR p.host_seen_at < now() - ${HOST_AWAY_MS} * interval '1 ms'
      OR p.host_seen_at < now() - ${IDLE_HOST_AWAY_MS} * interval '1 ms' AND NOT EXISTS (SELECT 1 FROM bot_pool_slots s
        WHERE s.deployment_platform = 'local' AND s.state IN ('deploying', 'busy'))`;
  return held > 0;
}
