// The requests that the deployer takes. Other programs import this file, never a queue.
import { createHash } from 'node:crypto';
import { defineJob, type JobSender } from '@meeboter/chassis/jobs.ts';
import { z } from 'zod';

const deployment = z.object({ deployment_id: z.string() });
/** Start the runtimes of deployments. The deployment's id is the idempotency key of the platform call. */
export const deployJob = defineJob({
  queue: 'deploy',
  /** `round` makes a repeated request a job of its own, in case the earlier job hangs. */
  payload: z.object({ deployment_ids: z.array(z.string()).min(1), round: z.int().optional() }),
  jobId: ({ deployment_ids, round }) =>
    `deploy-${nameOf(deployment_ids)}${round === undefined ? '' : `-${round}`}`,
  attempts: 5,
  backoffMs: 1_000,
  concurrency: 20,
});

/** Stop the runtime of a deployment whose slot is draining, and free the slot when the platform confirms the stop. */
export const stopJob = defineJob({
  queue: 'stop',
  payload: deployment,
  jobId: (payload) => `stop-${payload.deployment_id}`,
  attempts: 4,
  backoffMs: 1_000,
  concurrency: 20,
});

/** Ask the platform whether the runtime of a deployment still exists. */
export const lookJob = defineJob({
  queue: 'look',
  payload: deployment,
  jobId: (payload) => `look-${payload.deployment_id}`,
  attempts: 1,
  backoffMs: 0,
  concurrency: 20,
});

/** Compare what the platforms run with what should run. Repeated by a schedule. */
export const reconcileJob = defineJob({
  queue: 'reconcile',
  payload: z.object({}),
  attempts: 1,
  backoffMs: 0,
  concurrency: 1,
});

/** All queues of the deployer, for the board. */
export const DEPLOYER_QUEUES: readonly string[] = [deployJob, stopJob, lookJob, reconcileJob].map(
  (kind) => kind.queue,
);

/** The most deployments in one job. Sharing is cheaper than a job each, but a job takes as long as its slowest launch. */
const LAUNCHES_OF_A_JOB = 10;
/** Deployments share a job only when there would be more jobs than this, so that several deployers get work. */
const SPREAD = 20;

/** Requests that deployments are started. */
export function requestDeploys(sender: JobSender, deploymentIds: readonly string[]) {
  const size = Math.min(LAUNCHES_OF_A_JOB, Math.ceil(deploymentIds.length / SPREAD));
  const jobs = [];
  for (let from = 0; from < deploymentIds.length; from += size) {
    jobs.push({ payload: { deployment_ids: deploymentIds.slice(from, from + size) } });
  }
  return sender.sendMany(deployJob, jobs);
}

/**
 * Requests again that deployments are started which have not moved. Each gets a job of its own, and a second
 * request in the same round adds no job.
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

/** A name for a set of deployments; the same set has the same name. */
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
