import { newId } from '@meeboter/domain/ids.ts';
import type { Transaction } from '../client.ts';

export interface StayChange {
  change: 'joined' | 'updated' | 'left';
  external_id: string;
  name: string;
  is_host?: boolean | undefined;
  /** RFC 3339 UTC. */
  at: string;
}

/**
 * Stores which participants joined a bot's call, left it, or changed their name. `changes` must name each
 * participant at most once. Ignored: a join that is already stored, and a change or departure of somebody
 * who is not in the call. Served by participants_bot_id_external_id_joined_at_key.
 */
export async function keepStays(
  tx: Transaction,
  botId: string,
  changes: readonly StayChange[],
): Promise<void> {
  const joined = changes.filter(({ change }) => change === 'joined');
  if (joined.length > 0) {
    await tx.$executeRaw`
      INSERT INTO participants (id, bot_id, external_id, name, is_host, joined_at)
      SELECT a.id, ${botId}, a.external_id, a.name, a.is_host, a.joined_at FROM unnest(
        ${joined.map(() => newId('prt'))}::text[], ${joined.map((it) => it.external_id)}::text[],
        ${joined.map((it) => it.name)}::text[], ${joined.map((it) => it.is_host ?? false)}::boolean[],
        ${joined.map((it) => new Date(it.at))}::timestamptz[]
      ) AS a(id, external_id, name, is_host, joined_at)
      ON CONFLICT DO NOTHING`;
  }
  const others = changes.filter(({ change }) => change !== 'joined');
  if (others.length > 0) {
    await tx.$executeRaw`
      UPDATE participants p SET
        left_at = CASE WHEN a.has_left THEN a.at END,
        name = CASE WHEN a.has_left THEN p.name ELSE a.name END,
        is_host = CASE WHEN a.has_left THEN p.is_host ELSE a.is_host END
      FROM unnest(
        ${others.map((it) => it.external_id)}::text[], ${others.map((it) => it.change === 'left')}::boolean[],
        ${others.map((it) => it.name)}::text[], ${others.map((it) => it.is_host ?? false)}::boolean[],
        ${others.map((it) => new Date(it.at))}::timestamptz[]
      ) AS a(external_id, has_left, name, is_host, at)
      WHERE p.bot_id = ${botId} AND p.external_id = a.external_id AND p.left_at IS NULL`;
  }
}
