// What the deployer can be asked for. Whoever wants it done imports this file, never a queue.
import { createHash } from 'node:crypto';
import { defineJob, type JobSender } from '@meeboter/chassis/jobs.ts';
import { z } from 'zod';

const deployment = z.object({ deployment_id: z.string() });
/** Start the runtimes of deployments. A deployment's id is the key for the platform: again means the same. */
export const deployJob = defineJob({
  queue: 'deploy',
  /** `round`: asked for again because nothing came of it; a job of its own, in case the one before hangs. */
  payload: z.object({ deployment_ids: z.array(z.string()).min(1), round: z.int().optional() }),
  jobId: ({ deployment_ids, round }) =>
    `deploy-${nameOf(deployment_ids)}${round === undefined ? '' : `-${round}`}`,
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

/** So many at most share a job: a job costs more than a launch does, but waits for its slowest one. */
const LAUNCHES_OF_A_JOB = 10;
/** As many jobs as this, before they are shared: several deployers should have something to do. */
const SPREAD = 20;

/** Has deployments started, a few or many at once. */
export function requestDeploys(sender: JobSender, deploymentIds: readonly string[]) {
  const size = Math.min(LAUNCHES_OF_A_JOB, Math.ceil(deploymentIds.length / SPREAD));
  const jobs = [];
  for (let from = 0; from < deploymentIds.length; from += size) {
    jobs.push({ payload: { deployment_ids: deploymentIds.slice(from, from + size) } });
  }
  return sender.sendMany(deployJob, jobs);
}

/**
 * Asks again, since nothing came of it: each has a job of its own, so that asking once more in the same
 * round asks for nothing.
 */
export function requestDeploysAgain(
  sender: JobSender,
  launches: readonly { deploymentId: string; round: number }[],
) {
  return sender.sendMany(
    deployJob,
    launches.map(({ deploymentId, round }) => ({ payload: { deployment_ids: [deploymentId], round } })),
  );
}

/** The same for the same deployments. */
function nameOf(ids: readonly string[]): string {
  const [first, ...others] = ids;
  return others.length === 0 && first !== undefined
    ? first
    : createHash('sha256').update(ids.join()).digest('base64url');
}

export function requestStop(sender: JobSender, deploymentId: string) {
  return requestStops(sender, [deploymentId]);
}
export function requestStops(sender: JobSender, deploymentIds: readonly string[]) {
  return sender.sendMany(stopJob, deploymentIds.map(about));
}

export function requestLook(sender: JobSender, deploymentId: string) {
  return requestLooks(sender, [deploymentId]);
}
export function requestLooks(sender: JobSender, deploymentIds: readonly string[]) {
  return sender.sendMany(lookJob, deploymentIds.map(about));
}

const about = (deployment_id: string) => ({ payload: { deployment_id } });
