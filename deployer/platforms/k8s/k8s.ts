// The platform Kubernetes: one Job per deployment, in one namespace.
//
// start        Creates the Job, then the Secret that its pod waits for. Both have the same name on every call, so a
//              repeated call finds them. A Job whose start was given up has no Secret or is deleted by a stop.
// requestStop  Deletes the Job with propagation policy Background: the cluster then tells its pods to stop, and kills
//              them after their own grace time (job.ts). Then deletes the pods too, which shortens that time to
//              `graceMs`, and reaches pods that have lost their Job.
// observe      Asks the API server, never a cache: Job, pods, and events while there is no pod.
// list         Jobs that have not finished, and pods that run. All pages, or a fault.
import { type Observation, type Platform, PlatformFault, type RuntimeRef } from '../platform.ts';
import type { Client } from './client.ts';
import { type JobOptions, jobOf, secretOf } from './job.ts';
import { DEPLOYMENT_LABEL, nameOf, SELECTOR, selectorOf } from './names.ts';
import { isFinished, observationOf } from './observation.ts';
import { observationOfPod } from './pod.ts';
import type { Job } from './shapes.ts';

export interface K8sPlatformOptions extends JobOptions {
  client: Client;
  nodeWaitMs: number;
  now?: () => number;
}

export function createK8sPlatform({
  client,
  nodeWaitMs,
  now = Date.now,
  ...jobOptions
}: K8sPlatformOptions): Platform {
  const judge = () => ({ nowMs: now(), nodeWaitMs });
  /** Returns the Job that exists already, if it is the deployment's. */
  const adopt = async (deploymentId: string, signal: AbortSignal): Promise<Job> => {
    const name = nameOf(deploymentId);
    const job = await client.readJob(name, signal);
    const fault = (kind: PlatformFault['kind'], why: string) =>
      new PlatformFault(kind, `Kubernetes: creating the Job ${name}: ${why}`);
    if (!job) throw fault('transient', 'one of that name has just been deleted');
    if (job.metadata.labels[DEPLOYMENT_LABEL] !== deploymentId) {
      throw fault('config', `one of that name exists that does not belong to the deployment ${deploymentId}`);
    }
    if (job.metadata.deletionTimestamp) throw fault('transient', 'it is being deleted');
    return job;
  };

  /** Says so when a runtime was started in another namespace than the one that is set now: it is not gone because of that. */
  const elsewhereOf = ({ externalRef }: RuntimeRef): string | undefined => {
    const [namespace] = externalRef?.split('/') ?? [];
    return namespace === undefined || namespace === client.namespace
      ? undefined
      : `Kubernetes: it was started in the namespace ${namespace}, and K8S_NAMESPACE is ${client.namespace} now`;
  };

  return {
    async start(spec, signal) {
      const created = await client.createJob(jobOf(spec, jobOptions), signal);
      const job = created === 'exists' ? await adopt(spec.deploymentId, signal) : created;
      const { name, uid } = job.metadata;
      if (job.spec && job.spec.podReplacementPolicy !== 'Failed') {
        await client.deleteJob(name, signal);
        throw new PlatformFault(
          'config',
          'Kubernetes: the cluster ignores podReplacementPolicy, and would start a second bot when the first is being deleted. It needs Kubernetes 1.29 or newer.',
        );
      }
      try {
        await client.createSecret(secretOf(spec, uid), signal);
      } catch (error) {
        // Without its Secret the pod waits for ever. When the outcome is not known, the next call finds the Job.
        const isFinal = error instanceof PlatformFault && error.kind !== 'transient';
        if (isFinal) await client.deleteJob(name, signal);
        throw error;
      }
      return `${client.namespace}/${name}`;
    },

    async requestStop(ref, graceMs, signal) {
      const { deploymentId } = ref;
      const elsewhere = elsewhereOf(ref);
      if (elsewhere) throw new PlatformFault('transient', elsewhere);
      const name = nameOf(deploymentId);
      await client.deleteJob(name, signal);
      // The cluster deletes it with the Job; but not if a start was under way in between, on its own.
      await client.deleteSecret(name, signal);
      const pods = await client.listPods(selectorOf(deploymentId), signal);
      const graceSeconds = Math.max(1, Math.ceil(graceMs / 1_000));
      await Promise.all(pods.map(({ metadata }) => client.deletePod(metadata.name, graceSeconds, signal)));
    },

    async observe(ref, signal): Promise<Observation> {
      const { deploymentId } = ref;
      const elsewhere = elsewhereOf(ref);
      if (elsewhere) return { state: 'unknown', detail: elsewhere };
      try {
        const job = await client.readJob(nameOf(deploymentId), signal);
        // After the Job: a Job that is gone gets no more pods.
        const pods = await client.listPods(selectorOf(deploymentId), signal);
        const events = job && pods.length === 0 ? await client.eventsAbout(job.metadata.uid, signal) : [];
        return observationOf({ job, pods, events }, judge());
      } catch (error) {
        if (error instanceof PlatformFault) return { state: 'unknown', detail: error.message };
        throw error;
      }
    },

    async list(signal) {
      const jobs = await client.listJobs(SELECTOR, signal);
      const pods = await client.listPods(SELECTOR, signal);
      const alive = pods.filter((pod) => observationOfPod(pod, judge(), true).state !== 'ended');
      const ids = [...jobs.filter((job) => !isFinished(job)), ...alive].map(
        ({ metadata }) => metadata.labels[DEPLOYMENT_LABEL],
      );
      const known = new Set(ids.filter((id) => id !== undefined));
      return [...known].map((deploymentId) => ({ deploymentId, externalRef: null, slot: null }));
    },
  };
}
