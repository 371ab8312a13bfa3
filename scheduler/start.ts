// A start job's handler: the bot's time has come, it wants a slot now.
import { startDueBot } from '@meeboter/prisma/sql/start-due-bot.ts';
import type { SchedulerContext } from './context.ts';
import { requestDispatch } from './inbox.ts';

/** Moves a due bot to QUEUED and has the line looked at. Does nothing when it is not its turn. */
export async function startBot(
  context: SchedulerContext,
  bot: { bot_id: string; revision: number },
): Promise<void> {
  const queued = await context.db.$transaction((tx) => startDueBot(tx, bot.bot_id, bot.revision));
  if (!queued) return;
  context.log.info({ bot_id: bot.bot_id }, 'bot queued');
  await requestDispatch(context.jobs);
}
