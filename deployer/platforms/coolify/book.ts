// What the platform has to find again after a restart, and Coolify has no place for: which deployment of ours a slot's
// application runs, and where its launch began. It is in our database.
import type { Database } from '@meeboter/prisma/client.ts';
import { beginPoolLaunch } from '@meeboter/prisma/sql/begin-pool-launch.ts';
import { slotsOfPlatform } from '@meeboter/prisma/sql/slots-of-platform.ts';
import type { SpecSlot } from '../platform.ts';
import { coolify } from './descriptor.ts';

export interface BookedSlot {
  slot: SpecSlot;
  /** The newest deployment of the slot; null before its first. */
  deploymentId: string | null;
  externalRef: string | null;
}

export interface Book {
  slots(): Promise<BookedSlot[]>;
  /** The reference of a launch that was begun; null before that. */
  begun(deploymentId: string): Promise<string | null>;
  /**
   * Stores the reference of a launch, and returns the one that counts: that of the process that was first. Null when
   * the deployment must not be launched any more.
   */
  begin(deploymentId: string, ref: string): Promise<string | null>;
  /** False when the slot was given to a later deployment: nothing of this one runs any more. */
  isCurrent(slotId: string, deploymentId: string): Promise<boolean>;
  /** Stores which application belongs to a slot, as a hint. */
  remember(slotId: string, application: string): Promise<void>;
}

/** The book in the rows of slots and deployments. */
export function databaseBook(db: Database, remember: Book['remember']): Book {
  return {
    async slots() {
      const rows = await slotsOfPlatform(db, coolify.name);
      return rows.map((row) => ({
        slot: { id: row.slot_id, number: row.slot_number, application: row.application },
        deploymentId: row.deployment_id,
        externalRef: row.external_ref,
      }));
    },
    async begun(deploymentId) {
      const row = await db.deployment.findUnique({
        where: { id: deploymentId },
        select: { externalRef: true },
      });
      return row?.externalRef ?? null;
    },
    async isCurrent(slotId, deploymentId) {
      const newest = await db.deployment.findFirst({
        ...{ where: { slotId }, orderBy: { epoch: 'desc' }, select: { id: true } },
      });
      return newest === null || newest.id === deploymentId;
    },
    begin: (deploymentId, ref) => beginPoolLaunch(db, deploymentId, ref),
    remember,
  };
}
