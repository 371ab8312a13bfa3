// Inserts many rows with SQL that satisfy the invariants.
import { readFileSync } from 'node:fs';
import { leaveRulesSchema } from '@meeboter/domain/leave-rules.ts';
import type { Pool } from 'pg';

const ACCOUNTS = 100;
const LEAVE_RULES = JSON.stringify(leaveRulesSchema.parse({}));
const BOT_COLUMNS = `id, user_id, status, sub_code, display_name, meeting_platform, meeting_url, join_url,
  meeting_key, leave_rules, queue_timeout_ms, join_at, start_at, order_key, created_at, attempt`;
const BOT_VALUES = `'Bench', 'google-meet', 'https://meet.google.com/abc-defg-hij',
  'https://meet.google.com/abc-defg-hij', 'abc-defg-hij'`;

export async function insertAccounts(pool: Pool): Promise<void> {
  await pool.query(
    `INSERT INTO "user" (id, name, email)
     SELECT 'user_' || n, 'Bench', n || '@example.org' FROM generate_series(0, $1::int - 1) n`,
    [ACCOUNTS],
  );
}

/** Inserts idle slots that were never used. */
export async function insertIdleSlots(pool: Pool, count: number): Promise<void> {
  await pool.query(
    `INSERT INTO bot_pool_slots (id, deployment_platform, number)
     SELECT 'slt_' || n, 'aws', n FROM generate_series(1, $1::int) n`,
    [count],
  );
}

/** Inserts queued bots, spread over the accounts. `round` makes their ids unique. */
export async function insertQueue(pool: Pool, round: number, count: number): Promise<void> {
  await pool.query(
    `WITH inserted AS (
       INSERT INTO bots (${BOT_COLUMNS}, queued_at)
       SELECT 'bot_q' || $1::int || '_' || n, 'user_' || n % $2::int, 'QUEUED', 'due', ${BOT_VALUES}, $3, 86400000,
         now(), now(), now() + n * interval '1 ms', now(), 0, now()
       FROM generate_series(1, $4::int) n
       RETURNING id, order_key)
     INSERT INTO bot_pool_queue (bot_id, order_key, deadline_at)
     SELECT id, order_key, now() + interval '1 day' FROM inserted`,
    [round, ACCOUNTS, LEAVE_RULES, count],
  );
}

/** Inserts `live` bots in their calls, and ten bots that have ended for each of their slots. */
export async function insertHistory(pool: Pool, live: number): Promise<void> {
  await pool.query(
    `INSERT INTO bots (${BOT_COLUMNS}, claimed_at, admitted_at, ended_at, event_seq)
     SELECT 'bot_' || e || '_' || n, 'user_' || n % $1::int, (CASE WHEN e = 11 THEN 'IN_CALL' ELSE 'DONE' END)::bot_status,
       CASE WHEN e = 11 THEN 'admitted' ELSE 'finished' END, ${BOT_VALUES}, $2, 600000,
       now() - t, now() - t, now() - t, now() - t, 1, now() - t, now() - t,
       CASE WHEN e = 11 THEN NULL ELSE now() - t + interval '30 min' END, 1
     FROM generate_series(1, 11) e, generate_series(1, $3::int) n,
       LATERAL (SELECT (11 - e) * interval '1 hour' + n * interval '100 ms' AS t) times`,
    [ACCOUNTS, LEAVE_RULES, live],
  );
  await pool.query(
    `INSERT INTO bot_pool_slots (id, deployment_platform, number, state, bot_id, lease_epoch, lease_expires_at)
     SELECT 'slt_' || n, 'aws', n, 'busy', 'bot_11_' || n, 11, now() + interval '1 hour'
     FROM generate_series(1, $1::int) n`,
    [live],
  );
  await pool.query(
    `INSERT INTO deployments (id, slot_id, epoch, bot_id, attempt, deployment_platform, state, runtime_id,
       last_report_at, created_at, started_at, claimed_at, ended_at)
     SELECT 'dep_' || e || '_' || n, 'slt_' || n, e, 'bot_' || e || '_' || n, 1, 'aws',
       (CASE WHEN e = 11 THEN 'claimed' ELSE 'ended' END)::deployment_state, 'run_bench',
       -- In the future, so that they never count as silent: there are no runtimes that report.
       now() + interval '1 hour', b.created_at, b.created_at, b.claimed_at, b.ended_at
     FROM generate_series(1, 11) e, generate_series(1, $1::int) n
     JOIN LATERAL (SELECT * FROM bots WHERE id = 'bot_' || e || '_' || n) b ON true`,
    [live],
  );
  await pool.query(
    `INSERT INTO recordings (id, bot_id, attempt, kind, key, upload_id, content_type, status, started_at, completed_at)
     SELECT 'rec_' || id, id, 1, 'video', id || '.mp4', 'upload', 'video/mp4',
       CASE WHEN ended_at IS NULL THEN 'recording' ELSE 'ready' END, claimed_at, ended_at FROM bots`,
  );
  // One event per bot, with its current status; the changes of status before that are left out.
  await pool.query(
    `INSERT INTO events (user_id, seq, bot_id, bot_seq, type, sub_code, payload, attempt)
     SELECT user_id, row_number() OVER (PARTITION BY user_id ORDER BY created_at, id), id, 1,
       'bot.status_changed', sub_code, jsonb_build_object('from', NULL, 'to', status), 1 FROM bots`,
  );
  await pool.query('INSERT INTO event_counters SELECT user_id, count(*) FROM events GROUP BY user_id');
}

/** Throws when the rows violate an invariant, because measurements on them would be meaningless. */
export async function checkInvariants(pool: Pool): Promise<void> {
  const sql = readFileSync(new URL('../../prisma/invariants.sql', import.meta.url), 'utf8');
  const { rows } = await pool.query<{ invariant: string; violation: string }>(sql);
  const [first] = rows;
  if (first) throw new Error(`${rows.length} violations, such as ${first.invariant}: ${first.violation}`);
}
