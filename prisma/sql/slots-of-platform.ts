import type { Db } from '../client.ts';

export interface PlatformSlot {
  slot_id: string;
  slot_number: number;
  application: string | null;
  /** The newest deployment of the slot, ended or not; null before its first. */
  deployment_id: string | null;
  external_ref: string | null;
}

/** All slots of a platform, each with its newest deployment. Served by the unique keys of slots and deployments. */
export function slotsOfPlatform(db: Db, platform: string): Promise<PlatformSlot[]> {
  return db.$queryRaw<PlatformSlot[]>`
    SELECT s.id AS slot_id, s.number AS slot_number, s.application, d.id AS deployment_id, d.external_ref
    FROM bot_pool_slots s LEFT JOIN deployments d ON d.slot_id = s.id AND d.epoch = s.lease_epoch
    WHERE s.deployment_platform = ${platform}
    ORDER BY s.number`;
}
