import type { Actor, Facts } from '@meeboter/domain/events.ts';
import type { BotStatus } from '@meeboter/domain/status.ts';
import { CLAIMED_STATUSES, isIn, isTerminal, statusesBefore } from '@meeboter/domain/status.ts';
import type { Transaction } from '../client.ts';
import { Prisma } from '../generated/client.ts';
import { appendEvent, statusEventsOf } from './append-events.ts';
import { closeStays } from './close-stays.ts';
import { drainSlotOfBot } from './drain-slot.ts';
import { settleActions } from './settle-actions.ts';

export interface TransitionOptions {
  /** Statuses to move from; default: all from which `to` is legal. */
  from?: readonly BotStatus[];
  /** The attempt that the caller acts for; nothing changes when the bot is in another one. Omit it for a user's request. */
  attempt?: number;
  subCode: string;
  detail?: string | undefined;
  actor: Actor;
  facts?: Facts;
  /** When it happened by the runtime's clock; stored in the event beside the database's time. */
  reportedAt?: string;
}

export interface Transitioned {
  botId: string;
  userId: string;
  from: BotStatus;
  to: BotStatus;
  attempt: number;
}

/**
 * Moves a bot to another status and writes the event, in the caller's transaction. Returns null, and changes
 * nothing, when the bot is in none of the statuses `from`, or not in `attempt`. A terminal status also deletes
 * the bot's queue row and sets its slot draining. When a bot leaves its call or loses its runtime, the open
 * stays in its call are closed; when it loses its runtime, its recording is marked as stopped, and what it asked
 * somebody to do is settled.
 *
 * No other code writes `bots.status`, except for the statements that start, dispatch or claim many bots at
 * once, and the insert of a booking. Served by the primary key.
 */
export async function transitionBot(
  tx: Transaction,
  botId: string,
  to: BotStatus,
  { from = statusesBefore(to), attempt, subCode, detail, actor, facts, reportedAt }: TransitionOptions,
): Promise<Transitioned | null> {
  // Undefined fields are left out of the JSON.
  const details = JSON.stringify({ actor, detail, facts, reported_at: reportedAt });
  const isGone = !isIn(CLAIMED_STATUSES, to);
  const [row] = await tx.$queryRaw<(Transitioned & { was_recording: boolean })[]>`
    WITH before AS MATERIALIZED (
      SELECT id, status, recording_state FROM bots WHERE id = ${botId} FOR UPDATE
    ), moved AS (
      UPDATE bots b SET
        status = ${to}::bot_status,
        sub_code = ${subCode},
        detail = ${detail ?? null},
        event_seq = b.event_seq + 1,
        end_reason = CASE
          WHEN ${to} = 'LEAVING' OR (${isTerminal(to)} AND b.end_reason IS NULL) THEN ${subCode}
          ELSE b.end_reason END,
        queued_at = CASE WHEN ${to} = 'QUEUED' THEN now() ELSE b.queued_at END,
        claimed_at = CASE WHEN ${to} = 'JOINING_CALL' THEN now() ELSE b.claimed_at END,
        in_call_at = CASE WHEN ${to} = 'IN_CALL' THEN now() ELSE b.in_call_at END,
        leaving_at = CASE WHEN ${to} = 'LEAVING' THEN now() ELSE b.leaving_at END,
        ended_at = CASE WHEN ${isTerminal(to)} THEN now() END,
        recording_state = CASE WHEN ${isGone} AND b.recording_state = 'recording' THEN 'stopped'
          ELSE b.recording_state END
      FROM before
      WHERE b.id = before.id AND before.status = ANY(${[...from]}::bot_status[])
        AND (${attempt ?? null}::int IS NULL OR b.attempt = ${attempt ?? null}::int)
      RETURNING b.id, b.user_id, b.attempt, b.event_seq, b.sub_code, before.status AS from_status,
        b.status AS to_status, ${details}::jsonb AS details,
        before.recording_state <> b.recording_state AS was_recording
    ), logged AS (${statusEventsOf(Prisma.sql`moved`)}
    )
    SELECT id AS "botId", user_id AS "userId", from_status::text AS "from", to_status::text AS "to", attempt, was_recording
    FROM moved`;
  if (!row) return null;
  const { was_recording, ...moved } = row;
  if (was_recording) await appendEvent(tx, botId, { type: 'bot.recording_stopped', payload: { actor } });
  if ((isGone || to === 'LEAVING') && isIn(CLAIMED_STATUSES, moved.from)) {
    if (isGone) await settleActions(tx, botId, actor);
    await closeStays(tx, botId, { closedBy: actor === 'runtime' ? 'bot_left' : 'bot_lost', reportedAt });
  }
  if (isTerminal(to)) {
    // Separate statements: they see a slot that a dispatch gave the bot while the statement above waited for its lock.
    await tx.$executeRaw`DELETE FROM bot_pool_queue WHERE bot_id = ${botId}`;
    await drainSlotOfBot(tx, botId);
  }
  return moved;
}
