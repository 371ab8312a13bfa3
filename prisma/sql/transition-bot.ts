import { newId } from '@meeboter/domain/ids.ts';
import type { BotStatus } from '@meeboter/domain/status.ts';
import { isTerminal, statusesBefore } from '@meeboter/domain/status.ts';
import type { Transaction } from '../client.ts';
import { drainSlotOfBot } from './drain-slot.ts';

export type Actor = 'user' | 'scheduler' | 'deployer' | 'runtime';

export interface TransitionOptions {
  /** Narrower than the legal moves into `to`. */
  from?: readonly BotStatus[];
  /** The attempt the caller speaks for; a word about an older attempt changes nothing. Omit for a user's word. */
  attempt?: number;
  subCode: string;
  detail?: string | undefined;
  actor: Actor;
  /** Small facts for the event. */
  facts?: Record<string, string | number | boolean>;
  /** When it happened by the runtime's clock; kept in the event beside the database's time. */
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
 * Moves a bot to another status and writes the event, in the caller's transaction. The only code
 * that writes `bots.status`, but for those that move many at once (start, dispatch) or a thousand in one
 * second (claim), which have the same shape. Null when the
 * guard does not hold: it is not this caller's turn any more. A terminal status also takes the bot
 * out of the line and sets its slot draining.
 * Served by the primary keys of bots and subscription.
 */
export async function transitionBot(
  tx: Transaction,
  botId: string,
  to: BotStatus,
  options: TransitionOptions,
): Promise<Transitioned | null> {
  const from = options.from ?? statusesBefore(to);
  const terminal = isTerminal(to);
  const facts = JSON.stringify({
    ...(options.detail === undefined ? {} : { detail: options.detail }),
    ...(options.reportedAt === undefined ? {} : { reported_at: options.reportedAt }),
    ...(options.facts === undefined ? {} : { facts: options.facts }),
    actor: options.actor,
  });
  const rows = await tx.$queryRaw<{ user_id: string; from_status: BotStatus; attempt: number }[]>`
    WITH before AS (
      SELECT id, status FROM bots WHERE id = ${botId} FOR UPDATE
    ), moved AS (
      UPDATE bots SET
        status = ${to}::bot_status,
        sub_code = ${options.subCode},
        detail = ${options.detail ?? null},
        end_reason = CASE
          WHEN ${to} = 'LEAVING' OR (${terminal} AND end_reason IS NULL) THEN ${options.subCode}
          ELSE end_reason END,
        queued_at = CASE WHEN ${to} = 'QUEUED' THEN now() ELSE queued_at END,
        claimed_at = CASE WHEN ${to} = 'JOINING_CALL' THEN now() ELSE claimed_at END,
        leaving_at = CASE WHEN ${to} = 'LEAVING' THEN now() ELSE leaving_at END,
        ended_at = CASE WHEN ${terminal} THEN now() ELSE NULL END
      FROM before
      WHERE bots.id = before.id
        AND before.status = ANY(${from}::bot_status[])
        AND (${options.attempt ?? null}::int IS NULL OR bots.attempt = ${options.attempt ?? null}::int)
      RETURNING bots.id, bots.user_id, before.status AS from_status, bots.attempt
    ), counted AS (
      UPDATE subscription s SET event_seq = event_seq + 1 FROM moved WHERE s.user_id = moved.user_id
      RETURNING s.event_seq
    ), told AS (
      INSERT INTO events (id, user_id, seq, bot_id, type, sub_code, payload, attempt)
      SELECT ${newId('evt')}, moved.user_id, counted.event_seq, moved.id, 'bot.status_changed', ${options.subCode},
        jsonb_build_object('from', moved.from_status, 'to', ${to}::text) || ${facts}::jsonb, moved.attempt
      FROM moved, counted
    )
    SELECT user_id, from_status, attempt FROM moved`;
  const row = rows[0];
  if (!row) return null;
  if (terminal) {
    await tx.$executeRaw`DELETE FROM bot_pool_queue WHERE bot_id = ${botId}`;
    await drainSlotOfBot(tx, botId);
  }
  return { botId, userId: row.user_id, from: row.from_status, to, attempt: row.attempt };
}
