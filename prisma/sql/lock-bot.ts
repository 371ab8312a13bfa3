import type { Transaction } from '../client.ts';

/**
 * Locks the bot of a deployment for the rest of the transaction; false when there is no such
 * deployment. Every transaction that touches a bot's deployment or slot takes this lock first, for
 * two reasons: whoever has it is alone with all rows of this bot (queue row, deployment, slot), so
 * that none waits for another in a circle; and what is read after it, in a statement of its own, is
 * what is true now, not what was when the waiting began.
 * Served by the primary keys.
 */
export async function lockBotOfDeployment(tx: Transaction, deploymentId: string): Promise<boolean> {
  const rows = await tx.$queryRaw<{ id: string }[]>`
    SELECT b.id FROM bots b JOIN deployments d ON d.bot_id = b.id
    WHERE d.id = ${deploymentId} FOR UPDATE OF b`;
  return rows.length > 0;
}
