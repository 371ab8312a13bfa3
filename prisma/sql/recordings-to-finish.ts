import type { Db } from '../client.ts';
import { Prisma } from '../generated/client.ts';

const LIMIT = 500;

/**
 * Recordings that grow although no runtime is left to complete them: their deployment has ended, or its slot
 * was taken out of use because nobody confirms that it has, and the lease is over by which it leaves by itself.
 * Served by recordings_unfinished, and deployments_open_per_bot.
 */
const abandoned = Prisma.sql`
    FROM recordings r
    WHERE r.status = 'recording' AND NOT EXISTS (
      SELECT 1 FROM deployments d JOIN bot_pool_slots s ON s.id = d.slot_id AND s.lease_epoch = d.epoch
      WHERE d.bot_id = r.bot_id AND d.attempt = r.attempt AND d.state <> 'ended'
        AND (s.state <> 'error' OR s.lease_expires_at > now()))`;

/** Those that were started first. */
export async function recordingsToFinish(db: Db): Promise<string[]> {
  const rows = await db.$queryRaw<{ id: string }[]>`
    SELECT r.id ${abandoned} ORDER BY r.started_at LIMIT ${LIMIT}`;
  return rows.map((row) => row.id);
}

/** The same of one. */
export async function isToBeFinished(db: Db, recordingId: string): Promise<boolean> {
  const rows = await db.$queryRaw<{ id: string }[]>`SELECT r.id ${abandoned} AND r.id = ${recordingId}`;
  return rows.length > 0;
}
