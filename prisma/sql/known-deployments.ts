import type { Db } from '../client.ts';

/** Those of the given deployments that have not ended. Served by the primary key. */
export async function openAmong(db: Db, deploymentIds: readonly string[]): Promise<Set<string>> {
  const rows = await db.$queryRaw<{ id: string }[]>`
    SELECT id FROM deployments WHERE id = ANY(${[...deploymentIds]}::text[]) AND state <> 'ended'`;
  return new Set(rows.map((row) => row.id));
}

/**
 * Deployments of a platform that should have a running runtime: started at least `olderThanMs` ago, not
 * ended, and not draining. Served by bot_pool_slots_in_use.
 */
export async function runningOn(db: Db, platform: string, olderThanMs: number): Promise<string[]> {
  const rows = await db.$queryRaw<{ id: string }[]>`
    SELECT d.id FROM bot_pool_slots s JOIN deployments d ON d.slot_id = s.id AND d.epoch = s.lease_epoch
    WHERE s.deployment_platform = ${platform} AND s.state IN ('deploying', 'busy') AND s.draining_at IS NULL
      AND d.state IN ('started', 'claimed')
      AND d.started_at < now() - ${olderThanMs} * interval '1 ms'`;
  return rows.map((row) => row.id);
}
