// What the deployer can be asked for. Whoever wants it done imports this file, never a queue.
import { defineJob, type JobSender } from '@meeboter/chassis/jobs.ts';
import { z } from 'zod';

const deployment = z.object({ deployment_id: z.string() });
/** `round`: asked for again because nothing came of it; a job of its own, in case the one before hangs. */
const launch = deployment.extend({ round: z.int().optional() });

/** Start the runtime of a deployment. The deployment's id is the key for the platform: again means the same. */
export const deployJob = defineJob({
  queue: 'deploy',
  payload: launch,
  jobId: ({ deployment_id, round }) => `deploy-${deployment_id}${round === undefined ? '' : `-${round}`}`,
  attempts: 5,
  backoffMs: 1_000,
  concurrency: 20,
});

/** Stop whatever runs for a deployment whose slot drains, confirm it, free the slot. */
export const stopJob = defineJob({
  queue: 'stop',
  payload: deployment,
  jobId: (payload) => `stop-${payload.deployment_id}`,
  attempts: 4,
  backoffMs: 1_000,
  concurrency: 20,
});

/** Look at the platform: does the runtime of this deployment still exist? */
export const lookJob = defineJob({
  queue: 'look',
  payload: deployment,
  jobId: (payload) => `look-${payload.deployment_id}`,
  attempts: 1,
  backoffMs: 0,
  concurrency: 20,
});

/** Compare what the platforms run with what should run. Asked for by a schedule. */
export const reconcileJob = defineJob({
  queue: 'reconcile',
  payload: z.object({}),
  attempts: 1,
  backoffMs: 0,
  concurrency: 1,
});

/** The queues of the deployer, for who looks at all of them. */
export const DEPLOYER_QUEUES: readonly string[] = [deployJob, stopJob, lookJob, reconcileJob].map(
  (kind) => kind.queue,
);

export function requestDeploy(sender: JobSender, deploymentId: string, round?: number) {
  return sender.send(deployJob, { deployment_id: deploymentId, ...(round === undefined ? {} : { round }) });
}

/** Many at once, as dispatch gives slots out. */
export function requestDeploys(sender: JobSender, deploymentIds: readonly string[]) {
  return sender.sendMany(
    deployJob,
    deploymentIds.map((deployment_id) => ({ deployment_id })),
  );
}

export function requestStop(sender: JobSender, deploymentId: string) {
  return sender.send(stopJob, { deployment_id: deploymentId });
}

export function requestLook(sender: JobSender, deploymentId: string) {
  return sender.send(lookJob, { deployment_id: deploymentId });
}
