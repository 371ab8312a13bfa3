import { BEFORE_ADMISSION_STATUSES, type BotStatus } from '@meeboter/domain/status.ts';
import type { Db, Transaction } from '../client.ts';
import { Prisma } from '../generated/client.ts';
import { bigints, ints, texts } from './lists.ts';

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

export interface Heard extends Speaker {
  /** The report's number. */
  seq: number;
}

export interface Leases {
  leaseBeforeAdmissionMs: number;
  leaseInCallMs: number;
}

/**
 * Begins a statement that takes a word of runtimes: locks the bots, then deployments and slots, in the one
 * order of all, and leaves a row in `speaking` for each runtime that holds its bot now. Every row is read
 * under its lock: what is read is what is true now, not when the waiting began.
 */
const speaking = (speakers: readonly Speaker[], whenLocked: Prisma.Sql) => Prisma.sql`
    WITH asked AS MATERIALIZED (
      SELECT DISTINCT ON (deployment_id) * FROM unnest(
        ${texts(speakers.map((it) => it.deploymentId))}, ${texts(speakers.map((it) => it.runtimeId))},
        ${bigints(speakers.map((it) => it.epoch))}, ${ints(speakers.map((it) => it.attempt))}
      ) WITH ORDINALITY AS a(deployment_id, runtime_id, epoch, attempt, n)
    ), bot AS MATERIALIZED (
      SELECT b.*, a.n, a.deployment_id, a.runtime_id, a.epoch, a.attempt AS attempt_said
      FROM asked a JOIN deployments d ON d.id = a.deployment_id JOIN bots b ON b.id = d.bot_id
      ORDER BY b.id FOR UPDATE OF b ${whenLocked}
    ), speaking AS MATERIALIZED (
      SELECT b.n::int AS n, b.id AS bot_id, b.user_id, b.attempt, b.status, d.deployment_platform, d.last_report_seq,
        b.leave_requested_at IS NOT NULL AS leave_requested, d.id AS deployment_id, s.id AS slot_id
      FROM bot b
      JOIN deployments d ON d.id = b.deployment_id AND d.bot_id = b.id AND d.attempt = b.attempt
      JOIN bot_pool_slots s ON s.id = d.slot_id AND s.lease_epoch = d.epoch AND s.bot_id = d.bot_id
      WHERE d.state = 'claimed' AND d.runtime_id = b.runtime_id AND d.epoch = b.epoch
        AND d.attempt = b.attempt_said AND s.draining_at IS NULL
      FOR UPDATE OF d, s
    )`;
const accepted = Prisma.sql`
    SELECT n, bot_id, user_id, attempt, status, deployment_platform, last_report_seq, leave_requested FROM speaking`;

type Row = AcceptedReport & { n: number };

/**
 * Locks the bot, and checks that a word comes from the runtime that holds it now. Null: fenced off.
 * Nothing is renewed. Served by the primary keys.
 */
export async function lockReportingBot(tx: Transaction, speaker: Speaker): Promise<AcceptedReport | null> {
  const rows = await tx.$queryRaw<Row[]>`${speaking([speaker], Prisma.empty)} ${accepted}`;
  return rows[0] ?? null;
}

/**
 * The same, and takes the report in: notes it, and renews the lease as the bot's status asks. One
 * statement, since most reports are nothing but a sign of life.
 */
export async function hearReport(db: Db, heard: Heard, leases: Leases): Promise<AcceptedReport | null> {
  const [one] = await hearInOrder(db, [heard], leases, Prisma.empty);
  return one ?? null;
}

/**
 * The same for many at once, in their order. Undefined: not heard here, because another transaction has
 * the bot's row now, or because the runtime is fenced off; `hearReport` tells which.
 */
export async function hearReports(
  db: Db,
  heard: readonly Heard[],
  leases: Leases,
): Promise<(AcceptedReport | undefined)[]> {
  return hearInOrder(db, heard, leases, Prisma.sql`SKIP LOCKED`);
}

/** Served by the primary keys. */
async function hearInOrder(
  db: Db,
  heard: readonly Heard[],
  leases: Leases,
  whenLocked: Prisma.Sql,
): Promise<(AcceptedReport | undefined)[]> {
  const rows = await db.$queryRaw<Row[]>`${speaking(heard, whenLocked)}, told AS (
      UPDATE deployments d SET last_report_at = now(),
        last_report_seq = greatest(d.last_report_seq, (${ints(heard.map((it) => it.seq))})[speaking.n])
      FROM speaking WHERE d.id = speaking.deployment_id
    ), leased AS (
      UPDATE bot_pool_slots s SET lease_expires_at = now() + interval '1 ms' * CASE
        WHEN speaking.status::text = ANY(${[...BEFORE_ADMISSION_STATUSES]}::text[])
          THEN ${leases.leaseBeforeAdmissionMs}::int
        ELSE ${leases.leaseInCallMs}::int END
      FROM speaking WHERE s.id = speaking.slot_id
    ) ${accepted}`;
  const byNumber = new Map(rows.map((row) => [row.n, row]));
  return heard.map((_, index) => byNumber.get(index + 1));
}

/** The leases of bots whose status a report has changed. Served by the primary keys. */
export async function setLeases(
  tx: Transaction,
  leases: readonly { deploymentId: string; leaseMs: number }[],
): Promise<void> {
  await tx.$executeRaw`
    UPDATE bot_pool_slots s SET lease_expires_at = now() + a.lease_ms * interval '1 ms'
    FROM unnest(
      ${texts(leases.map((it) => it.deploymentId))}, ${ints(leases.map((it) => it.leaseMs))}
    ) AS a(deployment_id, lease_ms)
    JOIN deployments d ON d.id = a.deployment_id
    WHERE s.id = d.slot_id AND s.lease_epoch = d.epoch AND s.draining_at IS NULL`;
}
