// A look job's handler: a runtime has been mute, or its lease is over. The
// platform is looked at before anything is decided.
import { failDeployment, readOpenDeployment } from '@meeboter/prisma/sql/deployment-steps.ts';
import type { DeployerContext } from './context.ts';
import { requestStop } from './inbox.ts';

/** Gives a deployment up when its runtime is gone, or its lease is over; does nothing while that is unknown. */
export async function look(context: DeployerContext, deploymentId: string): Promise<void> {
  const { db, log } = context;
  const deployment = await readOpenDeployment(db, deploymentId);
  if (!deployment || deployment.draining) return;
  const presence = await context.platformOf(deployment.deployment_platform).look(deployment.id);
  if (presence === 'unknown') return;
  // Not started yet: that is the deploy job's business until the lease is over.
  const lost = presence === 'gone' && deployment.state !== 'intent';
  if (!lost && !deployment.lease_expired) return;

  const subCode = deployment.state === 'claimed' ? 'runtime_lost' : lost ? 'launch_failed' : 'launch_timeout';
  const detail = lost
    ? 'The runtime ended without a word.'
    : 'The runtime went silent and its lease ran out.';
  const given = await db.$transaction((tx) =>
    failDeployment(tx, deployment, { subCode, detail, ifLeaseExpired: !lost }),
  );
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
