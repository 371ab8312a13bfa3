import { BEFORE_ADMISSION_STATUSES, type BotStatus } from '@meeboter/domain/status.ts';
import type { Db } from '../client.ts';
import { Prisma } from '../generated/client.ts';

/** A runtime, as its session token and its report say. */
export interface Speaker {
  deploymentId: string;
  runtimeId: string;
  epoch: bigint;
  attempt: number;
}

export interface AcceptedReport {
  bot_id: string;
  user_id: string;
  attempt: number;
  status: BotStatus;
  deployment_platform: string;
  /** Of the report before this one. */
  last_report_seq: number;
  /** Entries that this attempt has reported, with this report. */
  entries_taken: number;
  leave_requested: boolean;
}

export interface Leases {
  leaseBeforeAdmissionMs: number;
  leaseInCallMs: number;
}

/** The runtime holds its bot: it has claimed the deployment, and the slot is still this deployment's. */
const holdsBot = ({ deploymentId, runtimeId, epoch, attempt }: Speaker) => Prisma.sql`
    d.id = ${deploymentId} AND d.state = 'claimed' AND d.runtime_id = ${runtimeId}
      AND d.epoch = ${epoch} AND d.attempt = ${attempt} AND b.id = d.bot_id AND b.attempt = d.attempt
      AND s.id = d.slot_id AND s.lease_epoch = d.epoch AND s.bot_id = d.bot_id AND s.draining_at IS NULL`;

/** The bot that a runtime holds now. Null: it is fenced off. Changes nothing. Served by the primary keys. */
export async function readReportingBot(db: Db, speaker: Speaker): Promise<AcceptedReport | null> {
  const [bot] = await db.$queryRaw<AcceptedReport[]>`
    SELECT b.id AS bot_id, b.user_id, b.attempt, b.status::text, d.deployment_platform, d.last_report_seq, d.entries_taken,
      b.leave_requested_at IS NOT NULL AS leave_requested
    FROM deployments d, bots b, bot_pool_slots s WHERE ${holdsBot(speaker)}`;
  return bot ?? null;
}

/**
 * Takes a report in: notes its number, and renews the lease as the bot's status asks. Null: the runtime is
 * fenced off. A heartbeat is this one statement. It locks the slot, then the deployment, and not the bot:
 * whatever takes the bot from this runtime changes its slot, so the condition on the slot's row, which
 * is checked again when the update had to wait for it, is what fences. Served by the primary keys.
 */
export async function hearReport(
  db: Db,
  { seq, entries, ...speaker }: Speaker & { seq: number; entries: { length: number } },
  leases: Leases,
): Promise<AcceptedReport | null> {
  const [bot] = await db.$queryRaw<AcceptedReport[]>`
    WITH leased AS (
      UPDATE bot_pool_slots s SET lease_expires_at = now() + interval '1 ms' * CASE
        WHEN b.status::text = ANY(${[...BEFORE_ADMISSION_STATUSES]}::text[]) THEN ${leases.leaseBeforeAdmissionMs}::int
        ELSE ${leases.leaseInCallMs}::int END
      FROM deployments d, bots b WHERE ${holdsBot(speaker)}
      RETURNING b.id AS bot_id, b.user_id, b.attempt, b.status::text, d.deployment_platform,
        d.last_report_seq, d.entries_taken + ${entries.length}::int AS entries_taken, b.leave_requested_at IS NOT NULL AS leave_requested
    ), told AS (
      UPDATE deployments d SET last_report_at = now(), last_report_seq = greatest(d.last_report_seq, ${seq}),
        entries_taken = leased.entries_taken
      FROM leased WHERE d.id = ${speaker.deploymentId}
    )
    SELECT * FROM leased`;
  return bot ?? null;
}

/** The lease of a bot whose status a report has changed. Served by the primary keys. */
export async function setLease(db: Db, deploymentId: string, leaseMs: number): Promise<void> {
  await db.$executeRaw`
    UPDATE bot_pool_slots s SET lease_expires_at = now() + ${leaseMs} * interval '1 ms'
    FROM deployments d WHERE d.id = ${deploymentId}
      AND s.id = d.slot_id AND s.lease_epoch = d.epoch AND s.draining_at IS NULL`;
}
