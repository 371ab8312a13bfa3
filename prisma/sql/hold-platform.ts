import type { Db } from '../client.ts';

/** Another machine may take over from one that has sent no heartbeat for this long. */
const HOST_AWAY_MS = 60_000;
/** The same when no bot runs on the silent machine. */
const IDLE_HOST_AWAY_MS = 15_000;

/**
 * Takes or renews the role of the machine that runs a platform whose runtimes are processes of one machine. Only one machine may have it: a
 * deployer on another one sees none of its processes and would report every bot there as gone. Returns true
 * when `host` has the role, or takes it over because the previous machine has sent no heartbeat for a
 * minute (15 s when no bot runs there). Call it every few seconds: each call is also the heartbeat. Served by
 * the primary key and bot_pool_slots_in_use.
 */
export async function holdPlatform(db: Db, platform: string, host: string): Promise<boolean> {
  const held = await db.$executeRaw`
    INSERT INTO bot_pool_platforms AS p (deployment_platform, host, host_seen_at) VALUES (${platform}, ${host}, now())
    ON CONFLICT (deployment_platform) DO UPDATE SET host = excluded.host, host_seen_at = now()
    WHERE p.host IS NULL OR p.host = excluded.host
      OR p.host_seen_at < now() - ${HOST_AWAY_MS} * interval '1 ms'
      OR p.host_seen_at < now() - ${IDLE_HOST_AWAY_MS} * interval '1 ms' AND NOT EXISTS (SELECT 1 FROM bot_pool_slots s
        WHERE s.deployment_platform = ${platform} AND s.state IN ('deploying', 'busy'))`;
  return held > 0;
}
