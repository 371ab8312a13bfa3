import { BEFORE_ADMISSION_STATUSES, type BotStatus } from '@meeboter/domain/status.ts';
import type { Db } from '../client.ts';
import { Prisma } from '../generated/client.ts';
import { partSteps, type UploadedPart } from './keep-parts.ts';
import { type Turn, turnsOf } from './keep-turns.ts';

/** Identifies the runtime that reports: from its session token and its report. */
export interface Speaker {
  deploymentId: string;
  runtimeId: string;
  epoch: bigint;
  attempt: number;
}

export interface ReportingBot {
  bot_id: string;
  user_id: string;
  attempt: number;
  status: BotStatus;
  deployment_platform: string;
  leave_requested: boolean;
}

export interface AcceptedReport extends ReportingBot {
  /** See `botsHere`. */
  bots_here: string[];
  /** A report with this number or a higher one was accepted before. */
  is_repeated: boolean;
  /** The attempt would have more entries than `entryLimit`: the lease is renewed, but nothing of the report is stored. */
  exceeds_limit: boolean;
}

export interface Leases {
  leaseBeforeAdmissionMs: number;
  leaseInCallMs: number;
}

/** True while the runtime owns its bot: it has claimed the deployment, and the slot still belongs to that deployment. */
const holdsBot = ({ deploymentId, runtimeId, epoch, attempt }: Speaker) => Prisma.sql`
    d.id = ${deploymentId} AND d.state = 'claimed' AND d.runtime_id = ${runtimeId}
      AND d.epoch = ${epoch} AND d.attempt = ${attempt} AND b.id = d.bot_id AND b.attempt = d.attempt
      AND s.id = d.slot_id AND s.lease_epoch = d.epoch AND s.bot_id = d.bot_id AND s.draining_at IS NULL`;

/** The columns of a ReportingBot, of a bot `b`. */
export const acceptedColumns = (platform: Prisma.Sql) => Prisma.sql`
        b.id AS bot_id, b.user_id, b.attempt, b.status::text, ${platform} AS deployment_platform,
        b.leave_requested_at IS NOT NULL AS leave_requested`;

/** Most names of other bots in an answer. */
const BOTS_HERE_AT_MOST = 50;

/**
 * The column `bots_here` of a bot that is in the call: the display names of the other bots, of any account, that are
 * in the call of the same meeting now, one for each bot. Empty for a bot elsewhere. Served by bots_in_call.
 */
export const botsHere = (bot: Prisma.Sql) => Prisma.sql`
        CASE WHEN ${bot}.status = 'IN_CALL' THEN ARRAY(
          SELECT o.display_name FROM bots o
          WHERE o.status = 'IN_CALL' AND o.meeting_key = ${bot}.meeting_key AND o.id <> ${bot}.id
          LIMIT ${BOTS_HERE_AT_MOST}::int
        ) ELSE '{}' END AS bots_here`;

/** Reads the bot that a runtime owns; null when the runtime is fenced off. Served by the primary keys. */
export async function readReportingBot(db: Db, speaker: Speaker): Promise<ReportingBot | null> {
  const [bot] = await db.$queryRaw<ReportingBot[]>`
    SELECT ${acceptedColumns(Prisma.sql`d.deployment_platform`)} FROM deployments d, bots b, bot_pool_slots s WHERE ${holdsBot(speaker)}`;
  return bot ?? null;
}

export interface HeardReport extends Speaker {
  seq: number;
  /** How many entries the report has in all. */
  entryCount: number;
  /** How many entries the attempt may report in all. Null: any number. */
  entryLimit: number | null;
  /** The entries that are stored by the same statement, because most reports have no others. */
  turns: readonly Turn[];
  parts: readonly UploadedPart[];
}

/**
 * Accepts a report: renews the lease for as long as the bot's status allows, and stores the report's number,
 * speaker turns and uploaded parts, and returns which other bots are in the same call. The entries of a report number that was accepted before are ignored.
 * Null when the runtime is fenced off. It is one statement, so that the report of a bot in a quiet call is one
 * round trip.
 *
 * It locks the slot, then the deployment, and not the bot. That is enough: whatever takes the bot away from
 * this runtime changes its slot, and PostgreSQL checks the condition on the slot's row again when the update
 * had to wait for it. Served by the primary keys.
 */
export async function hearReport(
  db: Db,
  { seq, entryCount, entryLimit, turns, parts, ...speaker }: HeardReport,
  leases: Leases,
): Promise<AcceptedReport | null> {
  const [bot] = await db.$queryRaw<AcceptedReport[]>`
    WITH leased AS (
      UPDATE bot_pool_slots s SET lease_expires_at = now() + interval '1 ms' * CASE
        WHEN b.status::text = ANY(${[...BEFORE_ADMISSION_STATUSES]}::text[]) THEN ${leases.leaseBeforeAdmissionMs}::int
        ELSE ${leases.leaseInCallMs}::int END
      FROM deployments d, bots b WHERE ${holdsBot(speaker)}
      RETURNING ${acceptedColumns(Prisma.sql`d.deployment_platform`)}, ${botsHere(Prisma.sql`b`)},
        coalesce(d.last_report_seq < ${seq} AND d.entries_taken + ${entryCount}::int > ${entryLimit}::int, false)
          AS exceeds_limit
    ), heard AS (
      -- No row for a report number that was accepted before, even when two copies arrive at the same time.
      UPDATE deployments d SET last_report_at = now(), last_report_seq = ${seq},
        entries_taken = d.entries_taken + ${entryCount}::int
      FROM leased
      WHERE d.id = ${speaker.deploymentId} AND d.last_report_seq < ${seq} AND NOT leased.exceeds_limit
      RETURNING leased.bot_id, leased.attempt
    ), turns AS (${turnsOf(Prisma.sql`heard`, turns)}
    ), ${partSteps(Prisma.sql`heard`, parts)}
    SELECT leased.*, heard.bot_id IS NULL AND NOT leased.exceeds_limit AS is_repeated
    FROM leased LEFT JOIN heard USING (bot_id)`;
  return bot ?? null;
}

/** Sets the lease of a deployment, for a bot whose status a report has changed. Ignored while its slot drains. Served by the primary keys. */
export async function setLease(db: Db, deploymentId: string, leaseMs: number): Promise<void> {
  await db.$executeRaw`
    UPDATE bot_pool_slots s SET lease_expires_at = now() + ${leaseMs} * interval '1 ms'
    FROM deployments d WHERE d.id = ${deploymentId}
      AND s.id = d.slot_id AND s.lease_epoch = d.epoch AND s.draining_at IS NULL`;
}
