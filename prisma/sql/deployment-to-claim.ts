import type { Db } from '../client.ts';

/**
 * The deployment of a slot that waits for its runtime: begun, and neither claimed nor given up. Null when there is
 * none. Served by the primary key and deployments_slot_id_epoch_key.
 */
export async function deploymentToClaim(db: Db, slotId: string): Promise<string | null> {
  const rows = await db.$queryRaw<{ id: string }[]>`
    SELECT d.id FROM bot_pool_slots s
    JOIN deployments d ON d.slot_id = s.id AND d.epoch = s.lease_epoch
    JOIN bots b ON b.id = d.bot_id
    WHERE s.id = ${slotId} AND s.state = 'deploying' AND s.draining_at IS NULL
      AND d.state IN ('intent', 'started') AND b.status = 'DEPLOYING' AND b.attempt = d.attempt`;
  return rows[0]?.id ?? null;
}
