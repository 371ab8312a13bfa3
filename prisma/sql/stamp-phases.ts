import type { RuntimePhase } from '@meeboter/domain/bot-protocol.ts';
import type { Transaction } from '../client.ts';
import { Prisma } from '../generated/client.ts';

/**
 * Stamps phases of a bot's attempt; a phase that has its stamp keeps it. The times come from the runtime,
 * whose clock may be wrong, so they are clamped between the claim of the attempt and now. When this call
 * stamps the knock, returns how long after the join time it was, ms (negative: before it); otherwise null.
 * Served by the primary key.
 */
export async function stampPhases(
  tx: Transaction,
  botId: string,
  phases: Partial<Record<RuntimePhase, Date>>,
): Promise<number | null> {
  // greatest() and least() ignore nulls, but a phase without a time must stay null.
  const clamped = (phase: RuntimePhase) => {
    const reported = Prisma.sql`${phases[phase] ?? null}::timestamptz`;
    return Prisma.sql`CASE WHEN ${reported} IS NOT NULL THEN least(greatest(${reported}, b.claimed_at), now()) END`;
  };
  const [knock] = await tx.$queryRaw<{ late_ms: number }[]>`
    WITH before AS MATERIALIZED (SELECT id, knocked_at FROM bots WHERE id = ${botId} FOR UPDATE)
    UPDATE bots b SET
      browser_ready_at = coalesce(b.browser_ready_at, ${clamped('browser_ready')}),
      knocked_at = coalesce(b.knocked_at, ${clamped('knocked')}),
      admitted_at = coalesce(b.admitted_at, ${clamped('admitted')}),
      first_media_at = coalesce(b.first_media_at, ${clamped('first_media')}),
      left_at = coalesce(b.left_at, ${clamped('left')}),
      uploaded_at = coalesce(b.uploaded_at, ${clamped('uploaded')})
    FROM before WHERE b.id = before.id
    RETURNING CASE WHEN before.knocked_at IS NULL AND b.knocked_at IS NOT NULL
      THEN (extract(epoch FROM b.knocked_at - b.join_at) * 1000)::float8 END AS late_ms`;
  return knock?.late_ms ?? null;
}
