import type { Transaction } from '../client.ts';
import { queueBot } from './queue-bot.ts';

/**
 * Lets a SCHEDULED bot want its slot when its start time has come and the revision is still the
 * one the job was made for (null: any). Returns false when it is not its turn.
 */
export async function startDueBot(tx: Transaction, botId: string, revision: number | null): Promise<boolean> {
  const due = await tx.$queryRaw<{ id: string }[]>`
    SELECT id FROM bots
    WHERE id = ${botId} AND status = 'SCHEDULED' AND start_at <= now()
      AND (${revision}::int IS NULL OR revision = ${revision}::int)
    FOR UPDATE`;
  if (due.length === 0) return false;
  return queueBot(tx, botId, { from: ['SCHEDULED'], subCode: 'due', actor: 'scheduler' });
}
