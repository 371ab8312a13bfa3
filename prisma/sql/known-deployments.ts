import type { Db } from '../client.ts';

/** Whether each of the given deployments has ended; one that is not in the map has no row. Served by the primary key. */
export async function haveEnded(db: Db, deploymentIds: readonly string[]): Promise<Map<string, boolean>> {
  const rows = await db.$queryRaw<{ id: string; ended: boolean }[]>`
    SELECT id, state = 'ended' AS ended FROM deployments WHERE id = ANY(${[...deploymentIds]}::text[])`;
  return new Map(rows.map(({ id, ended }) => [id, ended]));
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
