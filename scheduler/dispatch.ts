// Matches queued bots with idle slots, platform by platform in the order of PLATFORM_PRIORITY.
import { botLimit, type DeploymentPlatform, launchRate } from '@meeboter/chassis/env/pool.ts';
import { launchTimeoutMs } from '@meeboter/chassis/lead.ts';
import { requestDeploys } from '@meeboter/deployer/inbox.ts';
import { countWaiting } from '@meeboter/prisma/sql/count-waiting.ts';
import { dispatchBots, type PassedOver } from '@meeboter/prisma/sql/dispatch-bots.ts';
import { ensureSlots } from '@meeboter/prisma/sql/ensure-slots.ts';
import { type PoolPlatform, readPoolPlatforms } from '@meeboter/prisma/sql/pool-platforms.ts';
import type { SchedulerContext } from './context.ts';

/** Most pairs of one statement. */
const BATCH = 200;

/**
 * Gives out slots until the queue is empty or no slot is left, and requests the deployments. Creates slots
 * when they are missing and the limit allows it. A bot gets no slot of a platform that does not serve its meeting. Skips a platform that is drained, and one that is full or out until
 * its backoff has passed; the event of a bot that gets a slot says which were passed over, and why. Any number of calls
 * may run at the same time. Returns how many slots it gave out. `pools`: the platforms' rows, when the caller has just
 * read them.
 */
export async function dispatch(context: SchedulerContext, pools?: readonly PoolPlatform[]): Promise<number> {
  let given = 0;
  const passed: PassedOver = {};
  const known = pools ?? (await readPoolPlatforms(context.db));
  for (const platform of context.settings.PLATFORM_PRIORITY) {
    const pool = known.find((it) => it.deployment_platform === platform);
    const why = pool && passedOver(pool);
    if (why) {
      passed[platform] = why;
      continue;
    }
    // A platform that was full or out is tried with one bot first; if it still is, only that one has to come back.
    const isProbe = pool?.is_on_probation ?? false;
    const limit = botLimit(context.settings, platform, pool);
    const served = pool?.meeting_platforms ?? null;
    const round = await giveSlots(context, { platform, limit, isProbe, passed, served });
    // What is left in the queue found no slot there, or no launch that its rate allows now, or its meeting is none of those that it serves.
    passed[platform] = served === null ? 'busy' : 'busy_or_unserved';
    given += round.given;
    if (round.queueIsEmpty) break;
  }
  return given;
}

/** Why the dispatcher gives out no slot of a platform now; null: it does. */
function passedOver({ is_drained, is_out, is_full, ...pool }: PoolPlatform): string | null {
  if (is_drained) return 'drained';
  if (is_out) return 'out';
  if (is_full) return 'full';
  // One bot at a time tries a platform that was full or out.
  return pool.is_on_probation && pool.is_launching ? 'on_probation' : null;
}

async function giveSlots(
  context: SchedulerContext,
  {
    platform,
    limit,
    isProbe,
    passed,
    served,
  }: {
    platform: DeploymentPlatform;
    limit: number;
    isProbe: boolean;
    passed: PassedOver;
    served: readonly string[] | null;
  },
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
      passedOver: passed,
      served,
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
    const { waiting, idle } = await countWaiting(db, { platform, limit, most: BATCH, served });
    // Bots for meetings that this platform does not serve may wait on.
    if (waiting === 0) return { given, queueIsEmpty: served === null };
    if (isProbe && dispatched.length > 0) return { given, queueIsEmpty: false };
    const made = await ensureSlots(db, { platform, limit, wanted: isProbe ? 1 - idle : waiting - idle });
    if (made === 0) return { given, queueIsEmpty: false };
  }
}
