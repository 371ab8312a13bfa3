import type { Transaction } from '../client.ts';

/** Marks evidence files of a bot as uploaded. Returns the ids of those that were not marked before. Served by the primary key. */
export async function keepEvidence(
  tx: Transaction,
  botId: string,
  uploadIds: readonly string[],
): Promise<ReadonlySet<string>> {
  if (uploadIds.length === 0) return new Set();
  const rows = await tx.$queryRaw<{ id: string }[]>`
    UPDATE screenshots SET uploaded_at = now()
    WHERE id = ANY(${[...uploadIds]}::text[]) AND bot_id = ${botId} AND uploaded_at IS NULL RETURNING id`;
  return new Set(rows.map(({ id }) => id));
}
