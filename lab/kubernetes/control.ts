// What a test does to a cluster, and what it sees of it.
import type { Server } from 'node:http';
import { failure } from './jobs.ts';
import type { KubeNode } from './node.ts';
import { isFinished, isTerminal, type JobObject, type PodObject, setCondition } from './objects.ts';
import type { Store } from './store.ts';

/** The deployer's label; its value is the id of a deployment. */
const LABEL = 'meeboter/deployment-id';

export interface ClusterControl {
  /** How many processes of a deployment run. */
  running(deploymentId: string): number;
  pods(deploymentId: string): PodObject[];
  jobs(deploymentId: string): JobObject[];
  /** Job, pods and Secret of a deployment disappear, and its processes with them. */
  vanish(deploymentId: string): void;
  /** The node is emptied: the pods of a deployment are told to leave. */
  evict(deploymentId: string): void;
  /** The pods of a deployment end as if they had used too much memory. */
  outOfMemory(deploymentId: string): void;
  /** The Job of a deployment has run for as long as it may. */
  passDeadline(deploymentId: string): void;
  /** The time has passed after which finished Jobs are deleted. */
  expireFinished(): void;
  /** Closes every connection, watches included. */
  dropConnections(): void;
}

export function controlOf(store: Store, node: KubeNode, server: Server): ClusterControl {
  const of = <T extends PodObject | JobObject>(resource: 'pods' | 'jobs', id: string) =>
    store.all<T>(resource).filter(({ metadata }) => metadata.labels?.[LABEL] === id);
  const pods = (id: string) => of<PodObject>('pods', id);
  const jobs = (id: string) => of<JobObject>('jobs', id);
  return {
    ...{ pods, jobs, running: (id) => node.running(LABEL, id) },
    vanish(id) {
      for (const { metadata } of pods(id)) {
        node.signal(metadata.name, 'SIGKILL');
        store.remove('pods', metadata.name);
      }
      for (const { metadata } of jobs(id)) {
        store.remove('jobs', metadata.name);
        store.remove('secrets', metadata.name);
      }
    },
    evict(id) {
      for (const { metadata } of pods(id)) {
        store.change<PodObject>('pods', metadata.name, ({ status }) => {
          status.message = 'The node was low on resource: memory.';
          setCondition(status, { type: 'DisruptionTarget', status: 'True', reason: 'TerminationByKubelet' });
        });
        node.signal(metadata.name, 'SIGTERM');
      }
    },
    outOfMemory(id) {
      for (const { metadata } of pods(id)) {
        store.change<PodObject>('pods', metadata.name, ({ status }) => {
          status.phase = 'Failed';
          for (const container of status.containerStatuses ?? []) {
            container.state = { terminated: { exitCode: 137, reason: 'OOMKilled' } };
          }
        });
        node.signal(metadata.name, 'SIGKILL');
      }
    },
    passDeadline(id) {
      for (const { metadata } of jobs(id)) {
        store.change<JobObject>('jobs', metadata.name, ({ status }) =>
          setCondition(status, failure('DeadlineExceeded', 'Job was active longer than specified deadline')),
        );
      }
    },
    expireFinished() {
      for (const job of store.all<JobObject>('jobs').filter(isFinished)) {
        if (job.spec.ttlSecondsAfterFinished !== undefined) store.remove('jobs', job.metadata.name);
      }
      for (const pod of store.all<PodObject>('pods')) {
        const [owner] = pod.metadata.ownerReferences ?? [];
        if (isTerminal(pod) && owner && !store.get('jobs', owner.name))
          store.remove('pods', pod.metadata.name);
      }
    },
    dropConnections: () => server.closeAllConnections(),
  };
}
