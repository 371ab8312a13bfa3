// What the sweep looks for: rows whose next step is overdue. Each query has its
// partial index; each returns ids for a hint and changes nothing itself.
import type { Db } from '../client.ts';

const LIMIT = 500;

interface Id {
  id: string;
}
const ids = (rows: Id[]) => rows.map((row) => row.id);

/** SCHEDULED bots whose start is within the horizon, overdue ones included. Served by bots_start_at_scheduled. */
export function botsToStart(db: Db, horizonMs: number) {
  return db.$queryRaw<{ id: string; revision: number; start_at: Date }[]>`
    SELECT id, revision, start_at FROM bots
    WHERE status = 'SCHEDULED' AND start_at < now() + ${horizonMs} * interval '1 ms'
    ORDER BY start_at LIMIT ${LIMIT}`;
}

/** Waiting bots whose time in the line is up. Served by bot_pool_queue_deadline_at_idx. */
export async function botsPastQueueDeadline(db: Db): Promise<string[]> {
  return ids(
    await db.$queryRaw<Id[]>`
    SELECT bot_id AS id FROM bot_pool_queue WHERE deadline_at <= now() ORDER BY deadline_at LIMIT ${LIMIT}`,
  );
}

/** Deployments that no deployer has carried out. Served by deployments_intent. */
export async function deploymentsToStart(db: Db, olderThanMs: number): Promise<string[]> {
  return ids(
    await db.$queryRaw<Id[]>`
    SELECT id FROM deployments
    WHERE state = 'intent' AND created_at < now() - ${olderThanMs} * interval '1 ms'
    ORDER BY created_at LIMIT ${LIMIT}`,
  );
}

/** Deployments whose slot drains: the platform has to stop them. Served by bot_pool_slots_draining. */
export async function deploymentsToStop(db: Db): Promise<string[]> {
  return ids(
    await db.$queryRaw<Id[]>`
    SELECT d.id FROM bot_pool_slots s JOIN deployments d ON d.slot_id = s.id AND d.epoch = s.lease_epoch
    WHERE s.draining_at IS NOT NULL AND d.state <> 'ended'
    ORDER BY s.draining_at LIMIT ${LIMIT}`,
  );
}

/**
 * Deployments to look at: the lease is over, or a claimed runtime has been mute for a while.
 * Served by bot_pool_slots_lease and deployments_claimed.
 */
export async function deploymentsToLookAt(db: Db, muteMs: number): Promise<string[]> {
  return ids(
    await db.$queryRaw<Id[]>`
    SELECT d.id FROM bot_pool_slots s JOIN deployments d ON d.slot_id = s.id AND d.epoch = s.lease_epoch
    WHERE s.state IN ('deploying', 'busy') AND s.draining_at IS NULL AND s.lease_expires_at < now()
      AND d.state <> 'ended'
    UNION
    SELECT d.id FROM deployments d JOIN bot_pool_slots s ON s.id = d.slot_id AND s.lease_epoch = d.epoch
    WHERE d.state = 'claimed' AND d.last_report_at < now() - ${muteMs} * interval '1 ms'
      AND s.draining_at IS NULL
    LIMIT ${LIMIT}`,
  );
}

/** Recordings that their runtime can no longer complete. Served by recordings_unfinished. */
export async function recordingsToFinish(db: Db): Promise<string[]> {
  return ids(
    await db.$queryRaw<Id[]>`
    SELECT r.id FROM recordings r
    WHERE r.status = 'recording' AND NOT EXISTS (
      SELECT 1 FROM deployments d WHERE d.bot_id = r.bot_id AND d.attempt = r.attempt AND d.state <> 'ended')
    ORDER BY r.started_at LIMIT ${LIMIT}`,
  );
}
