// The handler of look jobs: asks the platform about a runtime that has sent no report for a while,
// or whose lease has expired, before anything is decided.
import { REPORT_INTERVAL_MS } from '@meeboter/domain/bot-protocol.ts';
import { failDeployment, readOpenDeployment } from '@meeboter/prisma/sql/deployment-steps.ts';
import { notePlatformFault } from '@meeboter/prisma/sql/platform-faults.ts';
import type { DeployerContext } from './context.ts';
import { requestStop } from './inbox.ts';
import { type EndCause, hasEnded, type Observation } from './platforms/platform.ts';
import { refOf } from './runtime-ref.ts';

/**
 * A runtime that reported within this time is alive, even if the list of a cloud service does not show it. The
 * sweep requests a check only after a longer silence.
 */
const HEARD_MS = 2 * REPORT_INTERVAL_MS;

/**
 * How long after the lease has expired a platform's `unknown` keeps an attempt alive. A platform that is away for hours
 * must not leave its bots in calls that they have left.
 */
const UNKNOWN_MS = 60_000;

/**
 * Gives a deployment up when its runtime is gone or its lease has expired. Does nothing while the platform says
 * `unknown`, unless the lease expired long ago.
 */
export async function checkRuntime(
  context: DeployerContext,
  deploymentId: string,
  signal: AbortSignal,
): Promise<void> {
  const { db, log } = context;
  const deployment = await readOpenDeployment(db, deploymentId);
  if (!deployment || deployment.draining) return;
  const platform = context.platformOf(deployment.deployment_platform);
  const seen = await platform.observe(refOf(deployment), signal);
  // It has left by its own clock long ago, whatever the platform would say.
  const isOverdue = deployment.lease_expired_for_ms > UNKNOWN_MS;
  if (seen.state === 'unknown' && !isOverdue) return;
  // A deployment that is not started yet is left to its deploy job until the lease expires.
  const lost = hasEnded(seen) && deployment.state !== 'intent';
  if (!lost && !deployment.lease_expired) return;

  const failed = deployment.state === 'claimed' ? undefined : launchFault(seen, lost);
  const subCode =
    deployment.state === 'claimed'
      ? 'runtime_lost'
      : failed === 'capacity'
        ? 'platform_full'
        : lost
          ? 'launch_failed'
          : 'launch_timeout';
  const seenHere = lost && platform.isFirstHand;
  const unless = seenHere
    ? {}
    : deployment.lease_expired
      ? { ifLeaseExpired: true }
      : { ifSilentMs: HEARD_MS };
  const detail = lost ? endOf(seen) : silenceOf(seen);
  const given = await db.$transaction((tx) => failDeployment(tx, deployment, { subCode, detail, ...unless }));
  if (!given) return;
  if (failed) await notePlatformFault(db, deployment.deployment_platform, { kind: failed, message: detail });
  log.warn(
    {
      ...{ bot_id: deployment.bot_id, deployment_id: deployment.id, attempt: deployment.attempt },
      ...{ seen, subCode },
    },
    'deployment given up',
  );
  await requestStop(context.jobs, deployment);
}

/** Ends of a start that was accepted, which say something of the platform: it counts as full, or its breaker hears of it. */
const LAUNCH_FAULTS: Partial<Record<EndCause, 'capacity' | 'transient'>> = {
  no_room: 'capacity',
  image_unavailable: 'transient',
  misconfigured: 'transient',
};

/** What a launch that came to nothing says of its platform. One that was never heard of counts, too. */
function launchFault(seen: Observation, lost: boolean): 'capacity' | 'transient' | undefined {
  if (seen.state === 'ended') return LAUNCH_FAULTS[seen.cause];
  return lost ? undefined : 'transient';
}

const CAUSES: Record<EndCause, string> = {
  exited: 'The runtime ended without a word.',
  out_of_memory: 'The platform ended the runtime because it used too much memory.',
  image_unavailable: 'The platform could not get the image of the bot.',
  misconfigured: 'The platform refused the configuration of the runtime.',
  no_room: 'The platform found no room for the runtime.',
  evicted: 'The platform took the machine away on which the runtime was.',
  deadline: 'The runtime exceeded the longest time that the platform allows.',
  stopped: 'Somebody stopped the runtime on the platform.',
  other: 'The platform says that the runtime has ended.',
};

/** How a runtime has ended, in words, as far as the platform says. */
function endOf(seen: Observation): string {
  if (seen.state !== 'ended') return CAUSES.exited;
  const exit = seen.exitCode === undefined ? '' : ` Exit code ${seen.exitCode}.`;
  return `${CAUSES[seen.cause]}${exit}${seen.detail ? ` ${seen.detail}` : ''}`;
}

function silenceOf(seen: Observation): string {
  const starting = seen.state === 'starting' ? ' The platform is still starting it.' : '';
  const detail = 'detail' in seen && seen.detail ? ` ${seen.detail}` : '';
  return `The runtime went silent and its lease ran out.${starting}${detail}`;
}
