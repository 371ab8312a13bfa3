// Cancels a bot that is not in the call yet, or asks a bot in the call to leave.
import { requestStop } from '@meeboter/deployer/inbox.ts';
import { CANCELLABLE_STATUSES, isIn, isTerminal } from '@meeboter/domain/status.ts';
import type { Bot } from '@meeboter/prisma/generated/client.ts';
import { appendEvent } from '@meeboter/prisma/sql/append-events.ts';
import { requestLeave } from '@meeboter/prisma/sql/request-leave.ts';
import { transitionBot } from '@meeboter/prisma/sql/transition-bot.ts';
import { alreadyEnded, noSuchBot } from './booking-error.ts';
import type { BookingContext } from './context.ts';

/**
 * Returns the bot as it is afterwards. `done`: false while it still has to leave the call. Throws
 * BookingError: `not_found`, or `conflict` when the bot has ended.
 */
export async function cancelBot(
  context: BookingContext,
  userId: string,
  botId: string,
): Promise<{ bot: Bot; done: boolean }> {
  const { db, jobs } = context;
  const bot = await db.bot.findFirst({ where: { id: botId, userId } });
  if (!bot) throw noSuchBot();
  if (isTerminal(bot.status)) throw alreadyEnded(bot);
  if (isIn(CANCELLABLE_STATUSES, bot.status)) {
    const cancelled = await db.$transaction((tx) =>
      transitionBot(tx, botId, 'CANCELLED', {
        from: CANCELLABLE_STATUSES,
        subCode: 'cancelled_by_user',
        actor: 'user',
      }),
    );
    // The bot was admitted or has ended in the meantime: start again with its new status.
    if (!cancelled) return cancelBot(context, userId, botId);
    const open = await db.deployment.findFirst({
      where: { botId, state: { not: 'ended' }, abandonedAt: null },
      select: { id: true, deploymentPlatform: true },
    });
    if (open) await requestStop(jobs, { id: open.id, deployment_platform: open.deploymentPlatform });
  } else {
    await db.$transaction(async (tx) => {
      if (!(await requestLeave(tx, botId))) return;
      await appendEvent(tx, botId, {
        type: 'bot.leave_requested',
        subCode: 'user_requested',
        payload: { actor: 'user' },
      });
    });
  }
  const after = await db.bot.findUniqueOrThrow({ where: { id: botId } });
  return { bot: after, done: isTerminal(after.status) };
}
