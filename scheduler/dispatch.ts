// Matches waiting bots with idle slots, platform by platform in the order of priority.
import { botLimit, type DeploymentPlatform } from '@meeboter/chassis/env/pool.ts';
import { launchTimeoutMs } from '@meeboter/chassis/lead.ts';
import { requestDeploys } from '@meeboter/deployer/inbox.ts';
import { countWaiting } from '@meeboter/prisma/sql/count-waiting.ts';
import { dispatchBots } from '@meeboter/prisma/sql/dispatch-bots.ts';
import { ensureSlots } from '@meeboter/prisma/sql/ensure-slots.ts';
import { readPoolPlatforms } from '@meeboter/prisma/sql/pool-platforms.ts';
import type { SchedulerContext } from './context.ts';

const BATCH = 200;

/**
 * Gives slots out until nobody waits or no slot is left. A platform that said it is full is passed
 * over for a while. Any number may be at it at once. Returns how many slots it gave.
 */
export async function dispatch(context: SchedulerContext): Promise<number> {
  let given = 0;
  const known = await readPoolPlatforms(context.db);
  for (const platform of context.settings.PLATFORM_PRIORITY) {
    const pool = known.find((it) => it.deployment_platform === platform);
    if (pool?.is_full) continue;
    // One that was full is tried with one bot first: the others need not go there and back.
    const isProbe = (pool?.refusals ?? 0) > 0;
    // What was noted last holds for every scheduler, whatever its own settings say.
    const limit = pool?.bot_limit ?? botLimit(context.settings, platform);
    const round = await giveSlots(context, { platform, limit, isProbe });
    given += round.given;
    if (!round.somebodyWaits) break;
  }
  return given;
}

async function giveSlots(
  context: SchedulerContext,
  { platform, limit, isProbe }: { platform: DeploymentPlatform; limit: number; isProbe: boolean },
): Promise<{ given: number; somebodyWaits: boolean }> {
  const { db, jobs, log, settings } = context;
  const batch = isProbe ? 1 : BATCH;
  let given = 0;
  for (;;) {
    const dispatched = await dispatchBots(db, {
      platform,
      limit,
      batch,
      launchTimeoutMs: launchTimeoutMs(settings, platform),
    });
    for (const { deploymentId, botId } of dispatched) {
      log.info({ bot_id: botId, deployment_id: deploymentId, platform }, 'slot given');
    }
    await requestDeploys(
      jobs,
      dispatched.map(({ deploymentId }) => deploymentId),
    );
    given += dispatched.length;
    if (dispatched.length === batch && !isProbe) continue;
    // Fewer than asked for: nobody waits, or slots are missing. They are made when they are needed.
    const { waiting, idle } = await countWaiting(db, { platform, limit, most: BATCH });
    if (waiting === 0) return { given, somebodyWaits: false };
    if (isProbe && dispatched.length > 0) return { given, somebodyWaits: true };
    const made = await ensureSlots(db, { platform, limit, wanted: isProbe ? 1 - idle : waiting - idle });
    if (made === 0) return { given, somebodyWaits: true };
  }
}
