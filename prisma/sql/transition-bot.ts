import { newId } from '@meeboter/domain/ids.ts';
import type { BotStatus } from '@meeboter/domain/status.ts';
import { isTerminal, statusesBefore } from '@meeboter/domain/status.ts';
import type { Transaction } from '../client.ts';
import { Prisma } from '../generated/client.ts';
import { drainSlotOfBot } from './drain-slot.ts';
import { eventNumbers } from './event-numbers.ts';
import { havingTables } from './having-tables.ts';
import { ints, texts } from './lists.ts';

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
  /** When it happened, as the runtime says; kept in the event beside the database's time. */
  reportedAt?: string;
}

export interface Transitioned {
  botId: string;
  userId: string;
  from: BotStatus;
  to: BotStatus;
  attempt: number;
}

export interface BotMove extends TransitionOptions {
  botId: string;
  to: BotStatus;
}

/**
 * Moves a bot to another status and writes the event, in the caller's transaction. Null when the
 * guard does not hold: it is not this caller's turn any more. A terminal status also takes the bot
 * out of the line and sets its slot draining.
 */
export async function transitionBot(
  tx: Transaction,
  botId: string,
  to: BotStatus,
  options: TransitionOptions,
): Promise<Transitioned | null> {
  const [moved] = await transitionBots(tx, [{ ...options, botId, to }]);
  return moved ?? null;
}

/**
 * The same for many bots, each once, in one statement; one answer for each, in their order. The only code
 * that writes `bots.status`, but for three statements of the same shape that do more than move: start and
 * dispatch, and claim. Bots are locked in one order, then their accounts.
 * Served by the primary keys of bots and subscription.
 */
export async function transitionBots(
  tx: Transaction,
  moves: readonly BotMove[],
): Promise<(Transitioned | null)[]> {
  if (moves.length === 0) return [];
  const rows = await tx.$queryRaw<(Transitioned & { n: number })[]>`
    WITH asked AS MATERIALIZED (
      SELECT * FROM unnest(
        ${texts(moves.map((it) => it.botId))}, ${texts(moves.map((it) => it.to))},
        ${texts(moves.map((it) => `{${(it.from ?? statusesBefore(it.to)).join()}}`))},
        ${ints(moves.map((it) => it.attempt ?? null))}, ${texts(moves.map((it) => it.subCode))},
        ${texts(moves.map((it) => it.detail ?? null))}, ${texts(moves.map(factsOf))},
        ${texts(moves.map(() => newId('evt')))}
      ) WITH ORDINALITY AS a(bot_id, to_status, from_statuses, attempt, sub_code, detail, facts, event_id, n)
    ), before AS MATERIALIZED (
      SELECT b.id, b.status, a.to_status, a.from_statuses, a.attempt, a.sub_code, a.detail, a.facts, a.event_id, a.n,
        a.to_status IN ('DONE', 'FATAL', 'CANCELLED') AS ends
      FROM asked a JOIN bots b ON b.id = a.bot_id AND ${havingTables.ofEnding}
      ORDER BY b.id FOR UPDATE OF b
    ), moved AS (
      UPDATE bots b SET
        status = before.to_status::bot_status,
        sub_code = before.sub_code,
        detail = before.detail,
        end_reason = CASE
          WHEN before.to_status = 'LEAVING' OR (before.ends AND b.end_reason IS NULL) THEN before.sub_code
          ELSE b.end_reason END,
        queued_at = CASE WHEN before.to_status = 'QUEUED' THEN now() ELSE b.queued_at END,
        claimed_at = CASE WHEN before.to_status = 'JOINING_CALL' THEN now() ELSE b.claimed_at END,
        in_call_at = CASE WHEN before.to_status = 'IN_CALL' THEN now() ELSE b.in_call_at END,
        leaving_at = CASE WHEN before.to_status = 'LEAVING' THEN now() ELSE b.leaving_at END,
        ended_at = CASE WHEN before.ends THEN now() ELSE NULL END
      FROM before
      WHERE b.id = before.id
        AND before.status = ANY(before.from_statuses::bot_status[])
        AND (before.attempt IS NULL OR b.attempt = before.attempt)
      RETURNING b.id, b.user_id, before.status AS from_status, before.to_status, b.attempt, before.sub_code,
        before.facts, before.event_id, before.n
    ), numbered AS (
      SELECT *, row_number() OVER (PARTITION BY user_id ORDER BY n) AS nth FROM moved
    ), ${eventNumbers(Prisma.sql`moved`)}, told AS (
      INSERT INTO events (id, user_id, seq, bot_id, type, sub_code, payload, attempt)
      SELECT m.event_id, m.user_id, c.seq_before + m.nth, m.id, 'bot.status_changed', m.sub_code,
        jsonb_build_object('from', m.from_status, 'to', m.to_status) || m.facts::jsonb, m.attempt
      FROM numbered m JOIN counted c USING (user_id)
    )
    SELECT n::int, id AS "botId", user_id AS "userId", from_status::text AS "from", to_status AS "to", attempt FROM moved`;
  const ended = rows.filter(({ to }) => isTerminal(to)).map(({ botId }) => botId);
  if (ended.length > 0) {
    await tx.$executeRaw`DELETE FROM bot_pool_queue WHERE bot_id = ANY(${ended}::text[])`;
    for (const botId of ended) await drainSlotOfBot(tx, botId);
  }
  const byNumber = new Map(rows.map(({ n, ...moved }) => [n, moved]));
  return moves.map((_, index) => byNumber.get(index + 1) ?? null);
}

function factsOf({ detail, reportedAt, facts, actor }: BotMove): string {
  return JSON.stringify({
    ...(detail === undefined ? {} : { detail }),
    ...(reportedAt === undefined ? {} : { reported_at: reportedAt }),
    ...(facts === undefined ? {} : { facts }),
    actor,
  });
}
