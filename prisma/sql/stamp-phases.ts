import type { RuntimePhase } from '@meeboter/domain/bot-protocol.ts';
import type { Transaction } from '../client.ts';
import { Prisma } from '../generated/client.ts';

/**
 * Stamps phases of a bot's attempt, each phase once. A runtime tells the times, and its clock may be wrong:
 * nothing is stamped before the claim of the attempt, or later than now. When the bot has knocked with
 * this, returns how long after its join time that was, in ms (negative: before it); else null.
 * Served by the primary key.
 */
export async function stampPhases(
  tx: Transaction,
  botId: string,
  phases: Partial<Record<RuntimePhase, Date>>,
): Promise<number | null> {
  // greatest() and least() ignore nulls: a phase that is not told must stay null.
  const possible = (phase: RuntimePhase) => {
    const said = Prisma.sql`${phases[phase] ?? null}::timestamptz`;
    return Prisma.sql`CASE WHEN ${said} IS NOT NULL THEN least(greatest(${said}, b.claimed_at), now()) END`;
  };
  const [knock] = await tx.$queryRaw<{ late_ms: number }[]>`
    WITH before AS MATERIALIZED (SELECT id, knocked_at FROM bots WHERE id = ${botId} FOR UPDATE)
    UPDATE bots b SET
      browser_ready_at = coalesce(b.browser_ready_at, ${possible('browser_ready')}),
      knocked_at = coalesce(b.knocked_at, ${possible('knocked')}),
      admitted_at = coalesce(b.admitted_at, ${possible('admitted')}),
      first_media_at = coalesce(b.first_media_at, ${possible('first_media')}),
      left_at = coalesce(b.left_at, ${possible('left')}),
      uploaded_at = coalesce(b.uploaded_at, ${possible('uploaded')})
    FROM before WHERE b.id = before.id
    RETURNING CASE WHEN before.knocked_at IS NULL AND b.knocked_at IS NOT NULL
      THEN (extract(epoch FROM b.knocked_at - b.join_at) * 1000)::float8 END AS late_ms`;
  return knock?.late_ms ?? null;
}
