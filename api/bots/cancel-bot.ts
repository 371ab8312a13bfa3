// DELETE /v1/bots/{id}: cancels a bot that is not in the room yet, asks one that is to leave.
import { requestStop } from '@meeboter/deployer/inbox.ts';
import { CANCELLABLE_STATUSES, isIn, isTerminal } from '@meeboter/domain/status.ts';
import type { Bot } from '@meeboter/prisma/generated/client.ts';
import { appendEvent } from '@meeboter/prisma/sql/append-event.ts';
import { transitionBot } from '@meeboter/prisma/sql/transition-bot.ts';
import type { ApiContext } from '../context.ts';
import { notFound, Problem } from '../problem.ts';

/** Returns the bot as it is afterwards. `done`: false while it still has to leave. Throws 404, or 409 when it has ended. */
export async function cancelBot(
  context: ApiContext,
  userId: string,
  botId: string,
): Promise<{ bot: Bot; done: boolean }> {
  const { db } = context;
  const bot = await db.bot.findFirst({ where: { id: botId, userId } });
  if (!bot) throw notFound('bot');
  if (isTerminal(bot.status)) {
    throw new Problem(409, {
      code: 'bot_already_ended',
      detail: `The bot ended with ${bot.status} at ${bot.endedAt?.toISOString()}.`,
    });
  }
  if (isIn(CANCELLABLE_STATUSES, bot.status)) {
    const cancelled = await db.$transaction((tx) =>
      transitionBot(tx, botId, 'CANCELLED', {
        from: CANCELLABLE_STATUSES,
        subCode: 'cancelled_by_user',
        actor: 'user',
      }),
    );
    // Admitted or ended in the meantime: look again.
    if (!cancelled) return cancelBot(context, userId, botId);
    const open = await db.deployment.findFirst({
      where: { botId, state: { not: 'ended' } },
      select: { id: true },
    });
    if (open) await requestStop(context.jobs, open.id);
  } else {
    await db.$transaction(async (tx) => {
      const asked = await tx.bot.updateMany({
        where: { id: botId, leaveRequestedAt: null, status: { in: ['IN_CALL', 'LEAVING'] } },
        data: { leaveRequestedAt: new Date() },
      });
      if (asked.count === 0) return;
      await appendEvent(tx, {
        botId,
        type: 'bot.leave_requested',
        subCode: 'user_requested',
        payload: { actor: 'user' },
      });
    });
  }
  const after = await db.bot.findUniqueOrThrow({ where: { id: botId } });
  return { bot: after, done: isTerminal(after.status) };
}
