import type { RuntimePhase } from '@meeboter/domain/bot-protocol.ts';
import type { Transaction } from '../client.ts';

/**
 * Stamps a phase of a bot's attempt, once. Returns how long after its join time the bot is, in ms, or
 * null when the phase was stamped before. Served by the primary key.
 */
export async function stampPhase(
  tx: Transaction,
  botId: string,
  phase: RuntimePhase,
  at: Date,
): Promise<number | null> {
  const rows = await tx.$queryRaw<{ late_ms: number }[]>`
    UPDATE bots SET
      browser_ready_at = CASE WHEN ${phase} = 'browser_ready' THEN ${at} ELSE browser_ready_at END,
      knocked_at = CASE WHEN ${phase} = 'knocked' THEN ${at} ELSE knocked_at END,
      admitted_at = CASE WHEN ${phase} = 'admitted' THEN ${at} ELSE admitted_at END,
      first_media_at = CASE WHEN ${phase} = 'first_media' THEN ${at} ELSE first_media_at END,
      left_at = CASE WHEN ${phase} = 'left' THEN ${at} ELSE left_at END,
      uploaded_at = CASE WHEN ${phase} = 'uploaded' THEN ${at} ELSE uploaded_at END
    WHERE id = ${botId} AND CASE ${phase}
      WHEN 'browser_ready' THEN browser_ready_at WHEN 'knocked' THEN knocked_at
      WHEN 'admitted' THEN admitted_at WHEN 'first_media' THEN first_media_at
      WHEN 'left' THEN left_at WHEN 'uploaded' THEN uploaded_at END IS NULL
    RETURNING (extract(epoch FROM ${at} - join_at) * 1000)::float8 AS late_ms`;
  return rows[0]?.late_ms ?? null;
}
