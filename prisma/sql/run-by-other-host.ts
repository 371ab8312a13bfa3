import type { Db } from '../client.ts';

/**
 * True when a deployer on another machine than `host` started this deployment, and its lease has not
 * expired. Its runtime may still be alive then, and this machine cannot see it. Served by the primary keys.
 */
export async function isRunByOtherHost(db: Db, deploymentId: string, host: string): Promise<boolean> {
  const rows = await db.$queryRaw<{ id: string }[]>`
    SELECT d.id FROM deployments d JOIN bot_pool_slots s ON s.id = d.slot_id AND s.lease_epoch = d.epoch
    WHERE d.id = ${deploymentId} AND d.state <> 'ended' AND d.host <> ${host} AND s.lease_expires_at > now()`;
  return rows.length > 0;
}
