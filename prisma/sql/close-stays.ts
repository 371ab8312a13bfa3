import type { Transaction } from '../client.ts';

/**
 * Closes the open stays in a bot's call when the bot has left it (`bot_left`) or was lost (`bot_lost`). They end
 * at the time that the runtime reported, or otherwise at its last report; never before they began, or in the
 * future. Served by participants_bot_id_external_id_joined_at_key and deployments_bot_id_attempt_key.
 */
export async function closeStays(
  tx: Transaction,
  botId: string,
  { closedBy, reportedAt }: { closedBy: 'bot_left' | 'bot_lost'; reportedAt: string | undefined },
): Promise<void> {
  await tx.$executeRaw`
    UPDATE participants p SET closed_by = ${closedBy}, left_at = greatest(p.joined_at, least(now(), coalesce(
      ${reportedAt ?? null}::timestamptz,
      (SELECT max(last_report_at) FROM deployments WHERE bot_id = ${botId}))))
    WHERE p.bot_id = ${botId} AND p.left_at IS NULL`;
}
