import { STATUS_CHANGED } from '@meeboter/domain/events.ts';
import type { LeaveRules } from '@meeboter/domain/leave-rules.ts';
import type { Db } from '../client.ts';
import type { Bot } from '../generated/client.ts';

/** The columns of a new bot that are fixed when it is booked. */
export interface NewBot {
  id: string;
  userId: string;
  displayName: string;
  meetingPlatform: string;
  meetingUrl: string;
  joinUrl: string;
  meetingKey: string;
  meetingPasscode: string | null;
  metadata: Record<string, string>;
  leaveRules: LeaveRules;
  noteTakers: readonly string[];
  entryMessage: string | null;
  recordingEnabled: boolean;
  joinAt: Date;
  endAt: Date | null;
  startAt: Date;
  priority: number;
  orderKey: Date;
  queueTimeoutMs: number;
  createdAt: Date;
}

/** A row with the property names of Prisma's client: `user_id` becomes `userId`. */
function botOf(row: Record<string, unknown>): Bot {
  const camelCase = (name: string) =>
    name.replace(/_([a-z])/g, (_match, letter: string) => letter.toUpperCase());
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [camelCase(name), value]),
  ) as unknown as Bot;
}

/**
 * Writes a SCHEDULED bot and the event of its booking in one statement, and thus in one transaction.
 * It locks no other row.
 */
export async function insertBooking(db: Db, bot: NewBot): Promise<Bot> {
  const [row] = await db.$queryRaw<Record<string, unknown>[]>`
    WITH booked AS (
      INSERT INTO bots (id, user_id, status, sub_code, display_name, meeting_platform, meeting_url, join_url,
        meeting_key, meeting_passcode, metadata, leave_rules, note_takers, entry_message, recording_enabled, join_at,
        end_at, start_at, priority, order_key, queue_timeout_ms, created_at, event_seq)
      VALUES (${bot.id}, ${bot.userId}, 'SCHEDULED', 'booked', ${bot.displayName}, ${bot.meetingPlatform},
        ${bot.meetingUrl}, ${bot.joinUrl}, ${bot.meetingKey}, ${bot.meetingPasscode},
        ${JSON.stringify(bot.metadata)}::jsonb, ${JSON.stringify(bot.leaveRules)}::jsonb,
        ${[...bot.noteTakers]}::text[], ${bot.entryMessage}, ${bot.recordingEnabled}, ${bot.joinAt}, ${bot.endAt},
        ${bot.startAt}, ${bot.priority}, ${bot.orderKey}, ${bot.queueTimeoutMs}, ${bot.createdAt}, 1)
      RETURNING *
    ), logged AS (
      INSERT INTO events (user_id, bot_id, bot_seq, type, sub_code, payload, attempt)
      SELECT user_id, id, event_seq, ${STATUS_CHANGED}, sub_code,
        '{"from": null, "to": "SCHEDULED", "actor": "user"}', attempt
      FROM booked
    )
    SELECT * FROM booked`;
  if (!row) throw new Error(`the insert of bot ${bot.id} returned no row`);
  return botOf(row);
}
