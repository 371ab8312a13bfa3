import type { RuntimePhase } from '@meeboter/domain/bot-protocol.ts';
import type { Transaction } from '../client.ts';
import { Prisma } from '../generated/client.ts';
import { texts, times } from './lists.ts';

export interface PhaseStamps {
  botId: string;
  phases: Partial<Record<RuntimePhase, Date>>;
}

/**
 * Stamps phases of bots' attempts, each phase once; a bot may be named once. A runtime says when, and its
 * clock may be wrong: nothing is stamped before the claim of the attempt, or later than now. Returns for every bot that
 * has knocked with this how long after its join time that was, in ms (negative: before it).
 * Served by the primary key.
 */
export async function stampPhases(
  tx: Transaction,
  stamps: readonly PhaseStamps[],
): Promise<Map<string, number>> {
  const at = (phase: RuntimePhase) => times(stamps.map(({ phases }) => phases[phase] ?? null));
  // greatest() and least() pass nulls over: a phase that is not told must stay null.
  const possible = (said: Prisma.Sql) =>
    Prisma.sql`CASE WHEN ${said} IS NOT NULL THEN least(greatest(${said}, b.claimed_at), now()) END`;
  const rows = await tx.$queryRaw<{ id: string; late_ms: number }[]>`
    WITH asked AS MATERIALIZED (
      SELECT * FROM unnest(
        ${texts(stamps.map(({ botId }) => botId))}, ${at('browser_ready')}, ${at('knocked')}, ${at('admitted')},
        ${at('first_media')}, ${at('left')}, ${at('uploaded')}
      ) AS a(bot_id, browser_ready, knocked, admitted, first_media, "left", uploaded)
    ), before AS MATERIALIZED (
      SELECT a.*, b.knocked_at IS NULL AND a.knocked IS NOT NULL AS knocks
      FROM asked a JOIN bots b ON b.id = a.bot_id ORDER BY b.id FOR UPDATE OF b
    ), stamped AS (
      UPDATE bots b SET
        browser_ready_at = coalesce(b.browser_ready_at, ${possible(Prisma.sql`a.browser_ready`)}),
        knocked_at = coalesce(b.knocked_at, ${possible(Prisma.sql`a.knocked`)}),
        admitted_at = coalesce(b.admitted_at, ${possible(Prisma.sql`a.admitted`)}),
        first_media_at = coalesce(b.first_media_at, ${possible(Prisma.sql`a.first_media`)}),
        left_at = coalesce(b.left_at, ${possible(Prisma.sql`a."left"`)}),
        uploaded_at = coalesce(b.uploaded_at, ${possible(Prisma.sql`a.uploaded`)})
      FROM before a WHERE b.id = a.bot_id
      RETURNING b.id, a.knocks, (extract(epoch FROM b.knocked_at - b.join_at) * 1000)::float8 AS late_ms
    )
    SELECT id, late_ms FROM stamped WHERE knocks`;
  return new Map(rows.map(({ id, late_ms }) => [id, late_ms]));
}
