import type { Transaction } from '../client.ts';

/**
 * Locks the bot of a deployment for the rest of the transaction; false when there is no such deployment.
 * A transaction that changes a bot's deployment or slot takes this lock first, for two reasons. The holder
 * has all rows of this bot (queue row, deployment, slot) to itself, so transactions cannot deadlock over
 * them. And a later, separate statement reads the current rows, not those from before the wait for the lock.
 * Served by the primary keys.
 */
export async function lockBotOfDeployment(tx: Transaction, deploymentId: string): Promise<boolean> {
  const rows = await tx.$queryRaw<{ id: string }[]>`
    SELECT b.id FROM bots b JOIN deployments d ON d.bot_id = b.id
    WHERE d.id = ${deploymentId} FOR UPDATE OF b`;
  return rows.length > 0;
}
