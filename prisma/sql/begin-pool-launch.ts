import type { Db } from '../client.ts';

/**
 * Stores the platform's reference of a deployment before the platform is asked to start it, and returns the one that
 * is stored: another process may have been faster. Null when the deployment must not be started any more: it has
 * ended, was given up, or its slot has another epoch. Served by the primary keys.
 */
export async function beginPoolLaunch(db: Db, deploymentId: string, ref: string): Promise<string | null> {
  const rows = await db.$queryRaw<{ external_ref: string }[]>`
    UPDATE deployments d SET external_ref = coalesce(d.external_ref, ${ref})
    FROM bot_pool_slots s
    WHERE d.id = ${deploymentId} AND d.state <> 'ended' AND s.id = d.slot_id AND s.lease_epoch = d.epoch
      AND s.state IN ('deploying', 'busy') AND s.draining_at IS NULL
    RETURNING d.external_ref`;
  return rows[0]?.external_ref ?? null;
}
