import type { Transaction } from '../client.ts';

export interface Turn {
  external_id: string;
  /** RFC 3339 UTC, both. */
  started_at: string;
  ended_at: string;
}

/** Keeps turns of a bot's participants; one that is known is left as it is. Served by the primary key. */
export async function keepTurns(tx: Transaction, botId: string, turns: readonly Turn[]): Promise<void> {
  if (turns.length === 0) return;
  await tx.$executeRaw`
    INSERT INTO speaker_turns (bot_id, external_id, started_at, ended_at)
    SELECT ${botId}, * FROM unnest(
      ${turns.map((turn) => turn.external_id)}::text[],
      ${turns.map((turn) => new Date(turn.started_at))}::timestamptz[],
      ${turns.map((turn) => new Date(turn.ended_at))}::timestamptz[])
    ON CONFLICT DO NOTHING`;
}
