import type { RuntimePhase } from '@meeboter/domain/bot-protocol.ts';
import type { Transaction } from '../client.ts';
import { Prisma } from '../generated/client.ts';

export type Phases = Partial<Record<RuntimePhase, Date>>;

/**
 * The columns of `UPDATE bots b SET …` that stamp phases of a bot's attempt; a phase that has its stamp keeps it.
 * The times come from the runtime, whose clock may be wrong, so they are clamped between the claim of the attempt
 * and now. `timeOf`: the reported time, a timestamptz, null for a phase that was not reported.
 */
export function phaseColumns(timeOf: (phase: RuntimePhase) => Prisma.Sql): Prisma.Sql {
  // greatest() and least() ignore nulls, but a phase without a time must stay null.
  const clamped = (phase: RuntimePhase) => {
    const reported = timeOf(phase);
    return Prisma.sql`CASE WHEN ${reported} IS NOT NULL THEN least(greatest(${reported}, b.claimed_at), now()) END`;
  };
  return Prisma.sql`
      browser_ready_at = coalesce(b.browser_ready_at, ${clamped('browser_ready')}),
      knocked_at = coalesce(b.knocked_at, ${clamped('knocked')}),
      admitted_at = coalesce(b.admitted_at, ${clamped('admitted')}),
      first_media_at = coalesce(b.first_media_at, ${clamped('first_media')}),
      left_at = coalesce(b.left_at, ${clamped('left')}),
      uploaded_at = coalesce(b.uploaded_at, ${clamped('uploaded')})`;
}

/**
 * How long after the join time a bot knocked, ms (negative: before it); null unless the update has stamped the knock.
 * `before`: the row before the update of `b`.
 */
export const knockLateMs = (before: Prisma.Sql) => Prisma.sql`
      CASE WHEN ${before}.knocked_at IS NULL AND b.knocked_at IS NOT NULL
      THEN (extract(epoch FROM b.knocked_at - b.join_at) * 1000)::float8 END`;

/** Stamps phases, and returns how late the knock was: see `phaseColumns` and `knockLateMs`. Served by the primary key. */
export async function stampPhases(tx: Transaction, botId: string, phases: Phases): Promise<number | null> {
  const timeOf = (phase: RuntimePhase) => Prisma.sql`${phases[phase] ?? null}::timestamptz`;
  const [knock] = await tx.$queryRaw<{ late_ms: number }[]>`
    WITH before AS MATERIALIZED (SELECT id, knocked_at FROM bots WHERE id = ${botId} FOR UPDATE)
    UPDATE bots b SET ${phaseColumns(timeOf)}
    FROM before WHERE b.id = before.id
    RETURNING ${knockLateMs(Prisma.sql`before`)} AS late_ms`;
  return knock?.late_ms ?? null;
}
