// The handler of deploy jobs: calls the platform to start the runtimes of deployments.
import { internalUrl } from '@meeboter/chassis/env/address.ts';
import { gather } from '@meeboter/chassis/gather.ts';
import type { JobContext } from '@meeboter/chassis/jobs.ts';
import { launchTimeoutsMs } from '@meeboter/chassis/lead.ts';
import { serves } from '@meeboter/chassis/served.ts';
import { claimToken, slotToken } from '@meeboter/chassis/tokens.ts';
import type { MeetingPlatform } from '@meeboter/domain/meeting-links/link.ts';
import { failDeployment } from '@meeboter/prisma/sql/deployment-steps.ts';
import {
  beginLaunches,
  type Launch,
  markAllStarted,
  markStarted,
  readLaunch,
  type Started,
} from '@meeboter/prisma/sql/launch.ts';
import { noteServedMeetings } from '@meeboter/prisma/sql/note-served-meetings.ts';
import { notePlatformFault } from '@meeboter/prisma/sql/platform-faults.ts';
import { readPoolPlatforms } from '@meeboter/prisma/sql/pool-platforms.ts';
import { requestDispatch } from '@meeboter/scheduler/inbox.ts';
import pLimit from 'p-limit';
import type { DeployerContext } from './context.ts';
import { requestStop } from './inbox.ts';
import { PlatformFault } from './platforms/platform.ts';
import { slotOf } from './runtime-ref.ts';

/** Why a launch is given up. After the first two the bot is queued again with its order key, at no cost. */
type GiveUpCode = 'platform_full' | 'platform_out' | 'launch_failed' | 'launch_misconfigured';

/** A launch that has waited for the limit this long is checked again before it is made. */
const STALE_MS = 1_000;
/** Most starts that one platform is asked for at the same time. */
const LAUNCHES_AT_ONCE = 20;

/**
 * Creates the handler of the deploy jobs of one platform. It starts the deployments of a job that are not started yet. The platform
 * call is idempotent by the deployment's id, so a call with an ambiguous outcome is simply repeated. Throws when a
 * start failed that may succeed later: the queue runs the job again, which skips the deployments that were started.
 */
export function launcher(context: DeployerContext) {
  const { db, log, settings } = context;
  const options = { launchTimeoutsMs: launchTimeoutsMs(settings), hosts: context.hosts };
  const limit = pLimit(LAUNCHES_AT_ONCE);
  const mark = gather<Started, boolean>({
    together: (starts) => markAllStarted(db, starts),
    alone: (start) => markStarted(db, start),
    most: LAUNCHES_AT_ONCE,
  });

  const launch = async (deployment: Launch, job: JobContext, begunAtMs: number): Promise<void> => {
    // It may have waited for the limit, and the job may have been given back to the queue since.
    job.signal.throwIfAborted();
    const about = {
      bot_id: deployment.bot_id,
      deployment_id: deployment.id,
      attempt: deployment.attempt,
      epoch: String(deployment.epoch),
      platform: deployment.deployment_platform,
    };
    if (performance.now() - begunAtMs > STALE_MS) {
      const { is_wanted, is_out } = await readLaunch(db, deployment);
      if (!is_wanted) return;
      if (is_out) return giveUp(context, deployment, 'platform_out', new Error('the platform is failing'));
    }
    const { meetingPlatforms } = context.platformOf(deployment.deployment_platform);
    if (meetingPlatforms?.includes(deployment.meeting_platform as MeetingPlatform) === false) {
      // Placed before this was stored, or when another deployer had stored otherwise. The platform is not to blame.
      await noteServedMeetings(db, deployment.deployment_platform, meetingPlatforms);
      const why = `${deployment.deployment_platform} runs no bots for ${deployment.meeting_platform}`;
      log.warn(about, why);
      return giveUp(context, deployment, 'platform_out', new Error(why));
    }
    let externalRef: string;
    try {
      externalRef = await context.platformOf(deployment.deployment_platform).start(
        {
          deploymentId: deployment.id,
          botId: deployment.bot_id,
          attempt: deployment.attempt,
          slot: slotOf(deployment),
          meetingPlatform: deployment.meeting_platform as MeetingPlatform,
          apiUrl: internalUrl(settings),
          claimToken: claimToken(settings.MEEBOTER_SECRET, deployment.id),
          slotToken: slotToken(settings.MEEBOTER_SECRET, deployment.slot_id),
        },
        job.signal,
      );
    } catch (error) {
      // Aborted by us: the platform is not to blame.
      job.signal.throwIfAborted();
      const kind = error instanceof PlatformFault ? error.kind : 'transient';
      const message = error instanceof Error ? error.message : String(error);
      const isOut = await notePlatformFault(db, deployment.deployment_platform, { kind, message });
      // A platform whose breaker is open gets no further tries: another one may take the bot.
      if (kind === 'transient' && !job.lastTry && !isOut) throw error;
      log[kind === 'capacity' ? 'warn' : 'error']({ ...about, err: error }, 'runtime not started');
      return giveUp(context, deployment, await codeOf(context, deployment, kind, isOut), error);
    }
    if (await mark({ deploymentId: deployment.id, externalRef })) await requestDispatch(context.jobs);
    log.info({ ...about, external_ref: externalRef }, 'runtime started');
  };

  return async (deploymentIds: readonly string[], job: JobContext): Promise<void> => {
    const begunAtMs = performance.now();
    const begun = await beginLaunches(db, deploymentIds, options);
    const launches = await Promise.allSettled(
      begun.map((deployment) => limit(launch, deployment, job, begunAtMs)),
    );
    const failed = launches.flatMap((it) => (it.status === 'rejected' ? [it.reason as unknown] : []));
    if (failed.length === 1) throw failed[0];
    if (failed.length > 1) throw new AggregateError(failed, `${failed.length} launches failed: ${failed[0]}`);
  };
}

/**
 * A fault of the configuration ends the bot with the platform's own words, unless another platform may take it. A
 * platform that is out costs the bot no try: the queue deadline bounds its wait.
 */
async function codeOf(
  { db, settings }: DeployerContext,
  { deployment_platform, meeting_platform }: Launch,
  kind: PlatformFault['kind'],
  isOut: boolean,
): Promise<GiveUpCode> {
  if (kind === 'capacity') return 'platform_full';
  if (kind === 'transient') return isOut ? 'platform_out' : 'launch_failed';
  const others = settings.PLATFORM_PRIORITY.filter((name) => name !== deployment_platform);
  const known = await readPoolPlatforms(db);
  const isUsable = (name: string) => {
    const pool = known.find((it) => it.deployment_platform === name);
    if (!serves(pool, meeting_platform)) return false;
    return pool === undefined || !(pool.is_out || pool.is_drained || pool.bot_limit === 0);
  };
  return others.some(isUsable) ? 'platform_out' : 'launch_misconfigured';
}

/**
 * Gives a deployment up whose start failed, and requests its stop. Does nothing when its runtime has claimed: it runs
 * then, whatever the platform answered.
 */
async function giveUp(
  { db, jobs }: DeployerContext,
  deployment: Launch,
  subCode: GiveUpCode,
  error: unknown,
): Promise<void> {
  const given = await db.$transaction((tx) =>
    failDeployment(tx, deployment, {
      subCode,
      detail: error instanceof Error ? error.message : String(error),
      ifIntent: true,
    }),
  );
  if (given) await requestStop(jobs, deployment);
}
