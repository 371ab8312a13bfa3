// The requests that the deployer takes. Other programs import this file, never a queue. Each deployment platform has
// queues of its own, so that a slow or broken platform holds up no other, and a deployer takes only the jobs of the
// platforms that it serves.
import { createHash } from 'node:crypto';
import { defineJob, type JobKind, type JobSender } from '@meeboter/chassis/jobs.ts';
import { z } from 'zod';

/** A deployment, and where it runs: what a request has to name. */
export interface DeploymentAt {
  id: string;
  deployment_platform: string;
}

const deployment = z.object({ deployment_id: z.string() });

/** One job per platform, made once. */
function ofPlatform<P>(make: (platform: string) => JobKind<P>): (platform: string) => JobKind<P> {
  const made = new Map<string, JobKind<P>>();
  return (platform) => {
    const kind = made.get(platform) ?? defineJob(make(platform));
    made.set(platform, kind);
    return kind;
  };
}

/** Start the runtimes of deployments. The deployment's id is the idempotency key of the platform call. */
export const deployJob = ofPlatform((platform) => ({
  queue: `deploy-${platform}`,
  /** `round` makes a repeated request a job of its own, in case the earlier job hangs. */
  payload: z.object({ deployment_ids: z.array(z.string()).min(1), round: z.int().optional() }),
  jobId: ({ deployment_ids, round }: { deployment_ids: string[]; round?: number | undefined }) =>
    `deploy-${nameOf(deployment_ids)}${round === undefined ? '' : `-${round}`}`,
  attempts: 5,
  backoffMs: 1_000,
  concurrency: 20,
}));

/** Stop the runtime of a deployment whose slot is draining, and free the slot when the platform confirms the stop. */
export const stopJob = ofPlatform((platform) => ({
  queue: `stop-${platform}`,
  payload: deployment,
  jobId: ({ deployment_id }: { deployment_id: string }) => `stop-${deployment_id}`,
  attempts: 4,
  backoffMs: 1_000,
  concurrency: 20,
}));

/** Ask the platform whether the runtime of a deployment still exists. */
export const lookJob = ofPlatform((platform) => ({
  queue: `look-${platform}`,
  payload: deployment,
  jobId: ({ deployment_id }: { deployment_id: string }) => `look-${deployment_id}`,
  attempts: 1,
  backoffMs: 0,
  concurrency: 20,
}));

/** Compare what a platform runs with what should run. Repeated by a schedule. */
export const reconcileJob = ofPlatform((platform) => ({
  queue: `reconcile-${platform}`,
  payload: z.object({}),
  attempts: 1,
  backoffMs: 0,
  concurrency: 1,
}));

/** The queues of the deployers that serve these platforms, for the board. */
export const deployerQueues = (platforms: readonly string[]): string[] =>
  platforms.flatMap((platform) =>
    [deployJob, stopJob, lookJob, reconcileJob].map((kindOf) => kindOf(platform).queue),
  );

/** The most deployments in one job. Sharing is cheaper than a job each, but a job takes as long as its slowest launch. */
const LAUNCHES_OF_A_JOB = 10;
/** Deployments share a job only when there would be more jobs than this, so that several deployers get work. */
const SPREAD = 20;

/** Requests that deployments of one platform are started. */
export function requestDeploys(sender: JobSender, platform: string, deploymentIds: readonly string[]) {
  const size = Math.min(LAUNCHES_OF_A_JOB, Math.ceil(deploymentIds.length / SPREAD));
  const jobs = [];
  for (let from = 0; from < deploymentIds.length; from += size) {
    jobs.push({ payload: { deployment_ids: deploymentIds.slice(from, from + size) } });
  }
  return sender.sendMany(deployJob(platform), jobs);
}

/**
 * Requests again that deployments are started which have not moved. Each gets a job of its own, and a second
 * request in the same round adds no job.
 */
export function requestDeploysAgain(
  sender: JobSender,
  launches: readonly (DeploymentAt & { round: number })[],
) {
  return sendAll(sender, deployJob, launches, ({ id, round }) => ({ deployment_ids: [id], round }));
}

export function requestStop(sender: JobSender, at: DeploymentAt) {
  return requestStops(sender, [at]);
}
export function requestStops(sender: JobSender, deployments: readonly DeploymentAt[]) {
  return sendAll(sender, stopJob, deployments, ({ id }) => ({ deployment_id: id }));
}

export function requestLook(sender: JobSender, at: DeploymentAt) {
  return requestLooks(sender, [at]);
}
export function requestLooks(sender: JobSender, deployments: readonly DeploymentAt[]) {
  return sendAll(sender, lookJob, deployments, ({ id }) => ({ deployment_id: id }));
}

/** One call of the queue for each platform. Returns true when all hints were added. */
async function sendAll<D extends DeploymentAt, P>(
  sender: JobSender,
  kindOf: (platform: string) => JobKind<P>,
  deployments: readonly D[],
  payloadOf: (deployment: D) => P,
): Promise<boolean> {
  const byPlatform = Map.groupBy(deployments, (it) => it.deployment_platform);
  const sent = await Promise.all(
    [...byPlatform].map(([platform, its]) =>
      sender.sendMany(
        kindOf(platform),
        its.map((it) => ({ payload: payloadOf(it) })),
      ),
    ),
  );
  return sent.every(Boolean);
}

/** A name for a set of deployments; the same set has the same name. */
function nameOf(ids: readonly string[]): string {
  const [first, ...others] = ids;
  return others.length === 0 && first !== undefined
    ? first
    : createHash('sha256').update(ids.join()).digest('base64url');
}
