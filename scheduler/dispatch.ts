// Matches queued bots with idle slots, platform by platform in the order of PLATFORM_PRIORITY.
import { botLimit, type DeploymentPlatform, launchRate } from '@meeboter/chassis/env/pool.ts';
import { launchTimeoutMs } from '@meeboter/chassis/lead.ts';
import { requestDeploys } from '@meeboter/deployer/inbox.ts';
import { countWaiting } from '@meeboter/prisma/sql/count-waiting.ts';
import { dispatchBots } from '@meeboter/prisma/sql/dispatch-bots.ts';
import { ensureSlots } from '@meeboter/prisma/sql/ensure-slots.ts';
import { type PoolPlatform, readPoolPlatforms } from '@meeboter/prisma/sql/pool-platforms.ts';
import type { SchedulerContext } from './context.ts';

/** Most pairs of one statement. */
const BATCH = 200;

/**
 * Gives out slots until the queue is empty or no slot is left, and requests the deployments. Creates slots
 * when they are missing and the limit allows it. Skips a platform that said it is full until its backoff has
 * passed. Any number of calls may run at the same time. Returns how many slots it gave out. `pools`: the
 * platforms' rows, when the caller has just read them.
 */
export async function dispatch(context: SchedulerContext, pools?: readonly PoolPlatform[]): Promise<number> {
  let given = 0;
  const known = pools ?? (await readPoolPlatforms(context.db));
  for (const platform of context.settings.PLATFORM_PRIORITY) {
    const pool = known.find((it) => it.deployment_platform === platform);
    if (pool?.is_full) continue;
    // A platform that was full is probed with one bot first; if it is still full, only that one has to come back.
    const isProbe = (pool?.refusals ?? 0) > 0;
    // The stored limit holds for all schedulers; this one's settings count only until one is stored.
    const limit = pool?.bot_limit ?? botLimit(context.settings, platform);
    const round = await giveSlots(context, { platform, limit, isProbe });
    given += round.given;
    if (round.queueIsEmpty) break;
  }
  return given;
}

async function giveSlots(
  context: SchedulerContext,
  { platform, limit, isProbe }: { platform: DeploymentPlatform; limit: number; isProbe: boolean },
): Promise<{ given: number; queueIsEmpty: boolean }> {
  const { db, jobs, log, settings } = context;
  const batch = isProbe ? 1 : BATCH;
  let given = 0;
  for (;;) {
    const dispatched = await dispatchBots(db, {
      platform,
      limit,
      batch,
      launchTimeoutMs: launchTimeoutMs(settings, platform),
      launches: launchRate(settings, platform),
    });
    for (const { deploymentId, botId } of dispatched) {
      log.info({ bot_id: botId, deployment_id: deploymentId, platform }, 'slot given');
    }
    await requestDeploys(
      jobs,
      platform,
      dispatched.map(({ deploymentId }) => deploymentId),
    );
    given += dispatched.length;
    if (dispatched.length === batch && !isProbe) continue;
    // Fewer pairs than asked for: the queue is empty, or slots are missing and have to be created.
    const { waiting, idle } = await countWaiting(db, { platform, limit, most: BATCH });
    if (waiting === 0) return { given, queueIsEmpty: true };
    if (isProbe && dispatched.length > 0) return { given, queueIsEmpty: false };
    const made = await ensureSlots(db, { platform, limit, wanted: isProbe ? 1 - idle : waiting - idle });
    if (made === 0) return { given, queueIsEmpty: false };
  }
}
