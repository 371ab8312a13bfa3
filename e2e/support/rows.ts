// Inserts rows directly into a test's database.
import type { TestDatabase } from './database.ts';

let count = 0;

/** Inserts an account. */
export async function insertUser(database: TestDatabase, id = 'u'): Promise<string> {
  await database.query(`INSERT INTO "user" (id, name, email) VALUES ($1, 'U', $1 || '@example.org')`, [id]);
  return id;
}

/** Inserts a SCHEDULED bot of account `u`, with its join time `joinInMs` and its start `startInMs` from now. */
export async function insertBot(
  database: TestDatabase,
  bot: { joinInMs?: number; startInMs?: number; queueTimeoutMs?: number; createdAgoMs?: number } = {},
): Promise<string> {
  count += 1;
  const id = `bot_row_${count}`;
  const { joinInMs = 0, startInMs = joinInMs, queueTimeoutMs = 60_000, createdAgoMs = 0 } = bot;
  await database.query(
    `INSERT INTO bots (id, user_id, status, sub_code, display_name, meeting_platform, meeting_url, join_url,
       meeting_key, leave_rules, join_at, start_at, order_key, queue_timeout_ms, created_at)
     VALUES ($1, 'u', 'SCHEDULED', 'booked', 'n', 'google-meet', 'm', 'm', 'k',
       '{"max_duration_seconds": 3600, "waiting_room_timeout_seconds": 900}',
       now() + $2 * interval '1 ms', now() + $3 * interval '1 ms', now() + $2 * interval '1 ms', $4,
       now() - $5 * interval '1 ms')`,
    [id, joinInMs, startInMs, queueTimeoutMs, createdAgoMs],
  );
  return id;
}
