// Baseline: the rows of a booking, written with plain pg. Bot, event and the account's event counter in one
// transaction with prepared statements.
import { newId } from '@meeboter/domain/ids.ts';
import { leaveRulesSchema } from '@meeboter/domain/leave-rules.ts';
import type { Pool } from 'pg';

const MEETING = 'https://meet.google.com/abc-defg-hij';
const LEAVE_RULES = JSON.stringify(leaveRulesSchema.parse({}));

/** Books a bot whose start is 30 days ahead. Returns its id. */
export async function bookPlainly(pool: Pool, userId: string): Promise<string> {
  const botId = newId('bot');
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    await client.query({
      name: 'plain_bot',
      text: `INSERT INTO bots (id, user_id, status, sub_code, display_name, meeting_platform, meeting_url,
          join_url, meeting_key, leave_rules, join_at, start_at, order_key, queue_timeout_ms, event_seq)
        VALUES ($1, $2, 'SCHEDULED', 'booked', 'Bench', 'google-meet', $3, $3, 'abc-defg-hij', $4,
          now() + interval '30 days', now() + interval '30 days', now() + interval '30 days', 600000, 1)`,
      values: [botId, userId, MEETING, LEAVE_RULES],
    });
    const counted = await client.query<{ last_seq: string }>({
      name: 'plain_count',
      text: `INSERT INTO event_counters AS c (user_id, last_seq) VALUES ($1, 1)
        ON CONFLICT (user_id) DO UPDATE SET last_seq = c.last_seq + 1 RETURNING last_seq`,
      values: [userId],
    });
    await client.query({
      name: 'plain_event',
      text: `INSERT INTO events (user_id, seq, bot_id, bot_seq, type, sub_code, payload, attempt)
        VALUES ($1, $2, $3, 1, 'bot.status_changed', 'booked', '{"to": "SCHEDULED", "from": null}', 0)`,
      values: [userId, counted.rows[0]?.last_seq, botId],
    });
    await client.query('COMMIT');
  } finally {
    client.release();
  }
  return botId;
}
