// The handler of look jobs: asks the platform about a runtime that has sent no report for a while,
// or whose lease has expired, before anything is decided.
import { REPORT_INTERVAL_MS } from '@meeboter/domain/bot-protocol.ts';
import { failDeployment, readOpenDeployment } from '@meeboter/prisma/sql/deployment-steps.ts';
import type { DeployerContext } from './context.ts';
import { requestStop } from './inbox.ts';

/**
 * A runtime that reported within this time is alive, even if the list of a cloud service does not show it. The
 * sweep requests a check only after a longer silence.
 */
const HEARD_MS = 2 * REPORT_INTERVAL_MS;

/** Gives a deployment up when its runtime is gone or its lease has expired. Does nothing when the platform says `unknown`. */
export async function checkRuntime(context: DeployerContext, deploymentId: string): Promise<void> {
  const { db, log } = context;
  const deployment = await readOpenDeployment(db, deploymentId);
  if (!deployment || deployment.draining) return;
  const platform = context.platformOf(deployment.deployment_platform);
  const presence = await platform.observe(deployment.id);
  if (presence === 'unknown') return;
  // A deployment that is not started yet is left to its deploy job until the lease expires.
  const lost = presence === 'gone' && deployment.state !== 'intent';
  if (!lost && !deployment.lease_expired) return;

  const subCode = deployment.state === 'claimed' ? 'runtime_lost' : lost ? 'launch_failed' : 'launch_timeout';
  const detail = lost
    ? 'The runtime ended without a word.'
    : 'The runtime went silent and its lease ran out.';
  const seen = lost && platform.isFirstHand;
  const unless = seen ? {} : deployment.lease_expired ? { ifLeaseExpired: true } : { ifSilentMs: HEARD_MS };
  const given = await db.$transaction((tx) => failDeployment(tx, deployment, { subCode, detail, ...unless }));
  if (!given) return;
  log.warn(
    {
      bot_id: deployment.bot_id,
      deployment_id: deployment.id,
      attempt: deployment.attempt,
      presence,
      subCode,
    },
    'deployment given up',
  );
  await requestStop(context.jobs, deployment.id);
}
