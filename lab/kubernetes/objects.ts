// The objects of the stand-in's cluster, as far as it reads them itself.

export interface OwnerReference {
  apiVersion: string;
  kind: string;
  name: string;
  uid: string;
  controller?: boolean;
}

export interface KubeObject {
  apiVersion: string;
  kind: string;
  metadata: {
    name: string;
    namespace: string;
    uid: string;
    resourceVersion: string;
    creationTimestamp: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
    deletionTimestamp?: string;
    deletionGracePeriodSeconds?: number;
    ownerReferences?: OwnerReference[];
    finalizers?: string[];
  };
  [field: string]: unknown;
}

export interface Condition {
  type: string;
  status: string;
  reason?: string;
  message?: string;
  lastTransitionTime: string;
}

export interface JobObject extends KubeObject {
  spec: {
    template: { metadata?: { labels?: Record<string, string> }; spec: PodSpec };
    podReplacementPolicy?: string;
    podFailurePolicy?: unknown;
    ttlSecondsAfterFinished?: number;
    suspend?: boolean;
  };
  status: { active?: number; failed?: number; succeeded?: number; conditions?: Condition[] };
}

export interface PodSpec {
  terminationGracePeriodSeconds?: number;
  containers: {
    name: string;
    image: string;
    env?: {
      name: string;
      value?: string;
      valueFrom?: { secretKeyRef?: { name: string; key: string } };
    }[];
  }[];
}

export interface ContainerState {
  waiting?: { reason: string; message?: string };
  running?: { startedAt: string };
  terminated?: { exitCode: number; reason: string; message?: string };
}

export interface PodObject extends KubeObject {
  spec: PodSpec;
  status: {
    phase: string;
    reason?: string;
    message?: string;
    conditions?: Condition[];
    containerStatuses?: { name: string; state: ContainerState; ready: boolean; image: string }[];
  };
}

export interface SecretObject extends KubeObject {
  data?: Record<string, string>;
}

/** The time as the API writes it: without fractions of a second. */
export const timestamp = (ms = Date.now()) => new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');

export const isFinished = (job: JobObject) =>
  (job.status.conditions ?? []).some(
    ({ type, status }) => ['Complete', 'Failed'].includes(type) && status === 'True',
  );
export const isTerminal = (pod: PodObject) => ['Succeeded', 'Failed'].includes(pod.status.phase);
export const isOwnedBy = (object: KubeObject, uid: string) =>
  (object.metadata.ownerReferences ?? []).some((owner) => owner.uid === uid);

/** Adds a condition, or changes the one of its type. */
export function setCondition(
  status: { conditions?: Condition[] },
  condition: Omit<Condition, 'lastTransitionTime'>,
): void {
  const others = (status.conditions ?? []).filter(({ type }) => type !== condition.type);
  status.conditions = [...others, { ...condition, lastTransitionTime: timestamp() }];
}
