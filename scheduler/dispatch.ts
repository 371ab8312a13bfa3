// Matches waiting bots with idle slots, platform by platform in the order of priority.
import { requestDeploy } from '@meeboter/deployer/inbox.ts';
import { countWaiting } from '@meeboter/prisma/sql/count-waiting.ts';
import { dispatchBots } from '@meeboter/prisma/sql/dispatch-bots.ts';
import { ensureSlots } from '@meeboter/prisma/sql/ensure-slots.ts';
import type { SchedulerContext } from './context.ts';

const BATCH = 20;

/** Gives slots out until nobody waits or no slot is left. */
export async function dispatch(context: SchedulerContext): Promise<void> {
  for (const platform of context.settings.PLATFORM_PRIORITY) {
    const limit = context.settings.LOCAL_BOT_LIMIT;
    for (;;) {
      const { waiting, idle } = await countWaiting(context.db, { platform, limit, most: BATCH });
      if (waiting === 0) return;
      await ensureSlots(context.db, { platform, limit, wanted: waiting - idle });
      const dispatched = await dispatchBots(context.db, {
        platform,
        limit,
        batch: BATCH,
        launchTimeoutMs: context.settings.LAUNCH_TIMEOUT_MS,
      });
      for (const { deploymentId, botId } of dispatched) {
        context.log.info({ bot_id: botId, deployment_id: deploymentId, platform }, 'slot given');
      }
      await Promise.all(dispatched.map(({ deploymentId }) => requestDeploy(context.jobs, deploymentId)));
      if (dispatched.length < BATCH) break;
    }
  }
}
