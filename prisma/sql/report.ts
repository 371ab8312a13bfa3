import { BEFORE_ADMISSION_STATUSES, type BotStatus } from '@meeboter/domain/status.ts';
import type { Db, Transaction } from '../client.ts';
import { Prisma } from '../generated/client.ts';

/** The runtime that speaks, as its session token and its words say. */
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
  leave_requested: boolean;
}

/**
 * Begins a statement that takes a word of a runtime: locks the bot, then deployment and slot, in the one
 * order of all, and leaves a row in `speaking` when the runtime holds the bot now. Every row is read
 * under its lock: what is read is what is true now, not when the waiting began.
 */
const speaking = (speaker: Speaker) => Prisma.sql`
    WITH bot AS MATERIALIZED (
      SELECT b.* FROM bots b JOIN deployments d ON d.bot_id = b.id
      WHERE d.id = ${speaker.deploymentId} FOR UPDATE OF b
    ), speaking AS MATERIALIZED (
      SELECT b.id AS bot_id, b.user_id, b.attempt, b.status, d.deployment_platform, d.last_report_seq,
        b.leave_requested_at IS NOT NULL AS leave_requested, d.id AS deployment_id, s.id AS slot_id
      FROM bot b
      JOIN deployments d ON d.bot_id = b.id AND d.attempt = b.attempt
      JOIN bot_pool_slots s ON s.id = d.slot_id AND s.lease_epoch = d.epoch AND s.bot_id = d.bot_id
      WHERE d.id = ${speaker.deploymentId} AND d.state = 'claimed' AND d.runtime_id = ${speaker.runtimeId}
        AND d.epoch = ${speaker.epoch} AND d.attempt = ${speaker.attempt} AND s.draining_at IS NULL
      FOR UPDATE OF d, s
    )`;
const accepted = Prisma.sql`
    SELECT bot_id, user_id, attempt, status, deployment_platform, last_report_seq, leave_requested FROM speaking`;

/**
 * Locks the bot, and checks that a word comes from the runtime that holds it now. Null: fenced off.
 * Nothing is renewed. Served by the primary keys.
 */
export async function lockReportingBot(tx: Transaction, speaker: Speaker): Promise<AcceptedReport | null> {
  const rows = await tx.$queryRaw<AcceptedReport[]>`${speaking(speaker)} ${accepted}`;
  return rows[0] ?? null;
}

/**
 * The same, and takes the report in: notes it, and renews the lease as the bot's status asks. One
 * statement, since most reports are nothing but a sign of life. Served by the primary keys.
 */
export async function hearReport(
  db: Db,
  speaker: Speaker,
  report: { seq: number; leaseBeforeAdmissionMs: number; leaseInCallMs: number },
): Promise<AcceptedReport | null> {
  const rows = await db.$queryRaw<AcceptedReport[]>`${speaking(speaker)}, told AS (
      UPDATE deployments d SET last_report_at = now(), last_report_seq = greatest(d.last_report_seq, ${report.seq})
      FROM speaking WHERE d.id = speaking.deployment_id
    ), leased AS (
      UPDATE bot_pool_slots s SET lease_expires_at = now() + interval '1 ms' * CASE
        WHEN speaking.status::text = ANY(${[...BEFORE_ADMISSION_STATUSES]}::text[])
          THEN ${report.leaseBeforeAdmissionMs}::int
        ELSE ${report.leaseInCallMs}::int END
      FROM speaking WHERE s.id = speaking.slot_id
    ) ${accepted}`;
  return rows[0] ?? null;
}

/** The lease of a bot whose status a report has changed. Served by the primary keys. */
export async function setLease(tx: Transaction, deploymentId: string, leaseMs: number): Promise<void> {
  await tx.$executeRaw`
    UPDATE bot_pool_slots s SET lease_expires_at = now() + ${leaseMs} * interval '1 ms'
    FROM deployments d
    WHERE d.id = ${deploymentId} AND s.id = d.slot_id AND s.lease_epoch = d.epoch AND s.draining_at IS NULL`;
}
