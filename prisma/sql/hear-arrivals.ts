import type { RuntimePhase } from '@meeboter/domain/bot-protocol.ts';
import type { Actor, Facts } from '@meeboter/domain/events.ts';
import { BEFORE_ADMISSION_STATUSES, statusesBefore } from '@meeboter/domain/status.ts';
import type { Db } from '../client.ts';
import { Prisma } from '../generated/client.ts';
import { statusEventsOf } from './append-events.ts';
import { acceptedColumns, botsHere, type Leases, type ReportingBot, type Speaker } from './report.ts';
import { knockLateMs, type Phases, phaseColumns } from './stamp-phases.ts';

/** A report of a bot on its way into the call: phases it has reached, and at most one change of status. */
export interface ArrivalReport extends Speaker {
  seq: number;
  entryCount: number;
  phases: Phases;
  status?: {
    to: 'IN_WAITING_ROOM' | 'IN_CALL';
    subCode: string;
    detail?: string | undefined;
    facts?: Facts | undefined;
    /** When it happened by the runtime's clock. */
    reportedAt: string;
  };
}

export interface HeardArrival extends ReportingBot {
  /** See `botsHere`. */
  bots_here: string[];
  /** How long after the join time the bot knocked, ms (negative: before it); null unless this report was the first to say so. */
  knock_late_ms: number | null;
}

/**
 * Accepts reports of several arriving bots with one statement, and returns the answers in their order: renews the
 * leases, and stores the reports' numbers, the phases and the changes of status with their events. Undefined: not
 * accepted here, and nothing of it is stored. Another transaction has locked the bot, the report was accepted before,
 * the change of status is illegal, or the runtime is fenced off; `hearReport` under the bot's lock tells which.
 *
 * Locks the bots in the order of their ids, then slots and deployments. Served by the primary keys.
 */
export async function hearArrivals(
  db: Db,
  reports: readonly ArrivalReport[],
  leases: Leases,
): Promise<(HeardArrival | undefined)[]> {
  const phase = (name: RuntimePhase) => Prisma.raw(`bot.${name}`);
  const rows = await db.$queryRaw<(HeardArrival & { n: number })[]>`
    WITH reports AS MATERIALIZED (
      SELECT DISTINCT ON (deployment_id) *
      FROM jsonb_to_recordset(${JSON.stringify(reports.map(rowOf))}::jsonb) AS r(
        n int, deployment_id text, runtime_id text, epoch bigint, attempt_no int, seq int, entry_count int,
        status_to bot_status, status_from bot_status[], status_sub_code text, status_detail text, details jsonb,
        browser_ready timestamptz, knocked timestamptz, admitted timestamptz, first_media timestamptz,
        "left" timestamptz, uploaded timestamptz)
      -- For the planner, which takes a recordset for a hundred rows and would scan the tables.
      LIMIT ${reports.length}::int
    ), bot AS MATERIALIZED (
      SELECT b.*, r.*
      FROM reports r JOIN deployments d ON d.id = r.deployment_id JOIN bots b ON b.id = d.bot_id
      ORDER BY b.id FOR UPDATE OF b SKIP LOCKED
    ), before AS MATERIALIZED (
      SELECT d.id AS deployment_id, d.slot_id, d.deployment_platform
      FROM bot
      JOIN deployments d ON d.id = bot.deployment_id AND d.bot_id = bot.id
      JOIN bot_pool_slots s ON s.id = d.slot_id AND s.lease_epoch = d.epoch AND s.bot_id = d.bot_id
      WHERE d.state = 'claimed' AND d.runtime_id = bot.runtime_id AND d.epoch = bot.epoch
        AND d.attempt = bot.attempt_no AND bot.attempt = d.attempt AND s.draining_at IS NULL
        AND d.last_report_seq < bot.seq
        AND (bot.status_to IS NULL OR bot.status = ANY(bot.status_from))
      FOR UPDATE OF s, d
    ), leased AS (
      UPDATE bot_pool_slots s SET lease_expires_at = now() + interval '1 ms' * CASE
        WHEN coalesce(bot.status_to, bot.status)::text = ANY(${[...BEFORE_ADMISSION_STATUSES]}::text[])
        THEN ${leases.leaseBeforeAdmissionMs}::int ELSE ${leases.leaseInCallMs}::int END
      FROM before JOIN bot USING (deployment_id) WHERE s.id = before.slot_id
    ), heard AS (
      UPDATE deployments d SET last_report_at = now(), last_report_seq = bot.seq,
        entries_taken = d.entries_taken + bot.entry_count
      FROM before JOIN bot USING (deployment_id) WHERE d.id = before.deployment_id
    ), moved AS (
      UPDATE bots b SET
        status = coalesce(bot.status_to, b.status),
        sub_code = CASE WHEN bot.status_to IS NULL THEN b.sub_code ELSE bot.status_sub_code END,
        detail = CASE WHEN bot.status_to IS NULL THEN b.detail ELSE bot.status_detail END,
        event_seq = b.event_seq + CASE WHEN bot.status_to IS NULL THEN 0 ELSE 1 END,
        in_call_at = CASE WHEN bot.status_to = 'IN_CALL' THEN now() ELSE b.in_call_at END,
        ${phaseColumns(phase)}
      FROM before JOIN bot USING (deployment_id) WHERE b.id = bot.id
      RETURNING bot.n, b.*, before.deployment_platform, bot.status_to IS NOT NULL AS has_moved,
        bot.status AS from_status, b.status AS to_status, bot.details,
        ${knockLateMs(Prisma.sql`bot`)} AS knock_late_ms
    ), logged AS (${statusEventsOf(Prisma.sql`(SELECT * FROM moved WHERE has_moved)`)}
    )
    SELECT b.n, ${acceptedColumns(Prisma.sql`b.deployment_platform`)}, b.knock_late_ms, ${botsHere(Prisma.sql`b`)}
    FROM moved b`;
  const byNumber = new Map(rows.map(({ n, ...heard }) => [n, heard]));
  return reports.map((_, index) => byNumber.get(index));
}

function rowOf(
  { deploymentId, runtimeId, epoch, attempt, seq, entryCount, ...report }: ArrivalReport,
  n: number,
) {
  const { phases, status } = report;
  return {
    ...{ n, deployment_id: deploymentId, runtime_id: runtimeId, epoch: String(epoch), attempt_no: attempt },
    ...{ seq, entry_count: entryCount, ...phases },
    ...(status && {
      status_to: status.to,
      status_from: statusesBefore(status.to),
      status_sub_code: status.subCode,
      status_detail: status.detail,
      details: {
        actor: 'runtime' satisfies Actor,
        detail: status.detail,
        facts: status.facts,
        reported_at: status.reportedAt,
      },
    }),
  };
}
