// The queries of the sweep: rows whose next step is overdue. Each is served by a partial index, returns what
// a hint needs (ids, or start times), and changes nothing.
import type { Db } from '../client.ts';

const LIMIT = 500;

interface Id {
  id: string;
}
interface DeploymentAt extends Id {
  deployment_platform: string;
}
const ids = (rows: Id[]) => rows.map((row) => row.id);

/** The start times of SCHEDULED bots within the horizon, soonest first, without repeats. Served by bots_start_at_scheduled. */
export async function startTimes(db: Db, horizonMs: number): Promise<Date[]> {
  const rows = await db.$queryRaw<{ start_at: Date }[]>`
    SELECT DISTINCT start_at FROM bots
    WHERE status = 'SCHEDULED' AND start_at < now() + ${horizonMs} * interval '1 ms'
    ORDER BY start_at`;
  return rows.map((row) => row.start_at);
}

/** Bots in the pool queue whose deadline has passed. Served by bot_pool_queue_deadline_at_idx. */
export async function botsPastQueueDeadline(db: Db): Promise<string[]> {
  return ids(
    await db.$queryRaw<Id[]>`
    SELECT bot_id AS id FROM bot_pool_queue WHERE deadline_at <= now() ORDER BY deadline_at LIMIT ${LIMIT}`,
  );
}

/** Deployments created at least `olderThanMs` ago whose start no deployer has confirmed. Served by deployments_intent. */
export function deploymentsToStart(db: Db, olderThanMs: number) {
  return db.$queryRaw<(DeploymentAt & { age_ms: number })[]>`
    SELECT id, deployment_platform, (extract(epoch FROM now() - created_at) * 1000)::float8 AS age_ms FROM deployments
    WHERE state = 'intent' AND created_at < now() - ${olderThanMs} * interval '1 ms'
    ORDER BY created_at LIMIT ${LIMIT}`;
}

/** Deployments whose slot has been draining for `olderThanMs`: the platform has to stop them. Served by bot_pool_slots_draining. */
export function deploymentsToStop(db: Db, olderThanMs: number): Promise<DeploymentAt[]> {
  return db.$queryRaw<DeploymentAt[]>`
    SELECT d.id, d.deployment_platform FROM bot_pool_slots s JOIN deployments d ON d.slot_id = s.id AND d.epoch = s.lease_epoch
    WHERE s.draining_at < now() - ${olderThanMs} * interval '1 ms' AND d.state <> 'ended'
    ORDER BY s.draining_at LIMIT ${LIMIT}`;
}

/**
 * Deployments whose runtime the deployer has to check: the lease has expired, or a claimed runtime has not
 * reported for `muteMs`.
 * Served by bot_pool_slots_lease and deployments_claimed.
 */
export function deploymentsToLookAt(db: Db, muteMs: number): Promise<DeploymentAt[]> {
  return db.$queryRaw<DeploymentAt[]>`
    SELECT id, deployment_platform FROM (
      SELECT d.id, d.deployment_platform FROM bot_pool_slots s JOIN deployments d ON d.slot_id = s.id AND d.epoch = s.lease_epoch
      WHERE s.state IN ('deploying', 'busy') AND s.draining_at IS NULL AND s.lease_expires_at < now()
        AND d.state <> 'ended'
      UNION
      SELECT d.id, d.deployment_platform FROM deployments d JOIN bot_pool_slots s ON s.id = d.slot_id AND s.lease_epoch = d.epoch
      WHERE d.state = 'claimed' AND d.last_report_at < now() - ${muteMs} * interval '1 ms'
        AND s.draining_at IS NULL) overdue
    -- Random order: more than LIMIT deployments whose platform gives no answer must not keep the others out.
    ORDER BY random() LIMIT ${LIMIT}`;
}

/** Deployments whose slot is in error and due for another attempt to recover it. Served by bot_pool_slots_error. */
export function deploymentsToRecover(db: Db): Promise<DeploymentAt[]> {
  return db.$queryRaw<DeploymentAt[]>`
    SELECT d.id, d.deployment_platform FROM bot_pool_slots s JOIN deployments d ON d.slot_id = s.id AND d.epoch = s.lease_epoch
    WHERE s.state = 'error' AND s.recover_at < now() AND d.state <> 'ended'
    ORDER BY s.recover_at LIMIT ${LIMIT}`;
}

/**
 * Claimed deployments whose bot should have left more than `overMs` ago: because a leave was requested, it
 * is LEAVING, or one of its leave rules' time limits has passed. Measured by the database's clock, never by a
 * runtime's. Served by deployments_claimed.
 */
export function deploymentsOverstaying(db: Db, overMs: number) {
  return db.$queryRaw<(DeploymentAt & { slot_id: string; epoch: bigint; status: string })[]>`
    SELECT d.id, d.deployment_platform, d.slot_id, d.epoch, b.status::text AS status
    FROM deployments d
    JOIN bots b ON b.id = d.bot_id AND b.attempt = d.attempt
    JOIN bot_pool_slots s ON s.id = d.slot_id AND s.lease_epoch = d.epoch
    WHERE d.state = 'claimed' AND s.draining_at IS NULL AND now() - ${overMs} * interval '1 ms' > CASE
      WHEN b.leave_requested_at IS NOT NULL THEN b.leave_requested_at
      WHEN b.status = 'LEAVING' THEN b.leaving_at
      WHEN b.status = 'IN_CALL' THEN least(
        coalesce(b.in_call_at, b.admitted_at, b.claimed_at)
          + (b.leave_rules ->> 'max_duration_seconds')::int * interval '1 s',
        CASE WHEN b.end_at IS NOT NULL
          THEN greatest(b.end_at, coalesce(b.in_call_at, b.admitted_at, b.claimed_at)) END)
      WHEN b.status IN ('JOINING_CALL', 'IN_WAITING_ROOM') THEN greatest(b.join_at, b.claimed_at)
        + (b.leave_rules ->> 'waiting_room_timeout_seconds')::int * interval '1 s'
    END
    LIMIT ${LIMIT}`;
}
