// The two objects of a deployment: a Job, and a Secret with the claim token that belongs to the Job.
import type { V1Job, V1Secret } from '@kubernetes/client-node';
import type { RuntimeSpec } from '../platform.ts';
import { BOT_CONTAINER, CLAIM_TOKEN, labelsOf, nameOf } from './names.ts';

/** The longest stay that a booking may ask for is 12 h; an hour more covers the start, waiting rooms and uploads. */
const LONGEST_RUN_SECONDS = 13 * 3_600;
/** How long a finished Job stays visible: longer than we expect a deployer to be away. */
const KEEP_FINISHED_SECONDS = 3_600;
/** From SIGTERM to SIGKILL. The bot leaves and uploads within 20 s; the rest is for a slow node. */
const TERMINATION_GRACE_SECONDS = 120;
/** User and group `node` of the bot's image. A name would not do: `runAsNonRoot` needs a number. */
const USER = 1_000;

export interface JobOptions {
  image: string;
  cpu: { request: string; limit: string };
  memory: { request: string; limit: string };
}

/** The image by tag, or by digest. */
export const imageOf = (registry: string, tag: string) =>
  `${registry.replace(/\/+$/, '')}/meeboter-bot${tag.startsWith('sha256:') ? '@' : ':'}${tag}`;

/**
 * The Job of a deployment, by the batch/v1 API of Kubernetes 1.29 and later. It runs at most one pod and never
 * another: not after a failure (`backoffLimit`), and not while or after one is being deleted (`podReplacementPolicy`;
 * a pod failure policy forces the same). Its pod waits for the Secret of the same name.
 */
export function jobOf(spec: RuntimeSpec, { image, cpu, memory }: JobOptions): V1Job {
  const name = nameOf(spec.deploymentId);
  const labels = labelsOf(spec);
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name, labels },
    spec: {
      parallelism: 1,
      completions: 1,
      backoffLimit: 0,
      podReplacementPolicy: 'Failed',
      podFailurePolicy: {
        rules: [{ action: 'FailJob', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] }],
      },
      activeDeadlineSeconds: LONGEST_RUN_SECONDS,
      ttlSecondsAfterFinished: KEEP_FINISHED_SECONDS,
      template: {
        metadata: {
          labels,
          annotations: {
            // Autoscalers must not empty the node of a bot that is in a call.
            'cluster-autoscaler.kubernetes.io/safe-to-evict': 'false',
            'karpenter.sh/do-not-disrupt': 'true',
          },
        },
        spec: {
          restartPolicy: 'Never',
          terminationGracePeriodSeconds: TERMINATION_GRACE_SECONDS,
          // A bot opens pages of others: it gets no access to the cluster's API.
          automountServiceAccountToken: false,
          enableServiceLinks: false,
          securityContext: {
            runAsNonRoot: true,
            runAsUser: USER,
            runAsGroup: USER,
            fsGroup: USER,
            seccompProfile: { type: 'RuntimeDefault' },
          },
          // The loss of a node should not end all bots.
          topologySpreadConstraints: [
            {
              maxSkew: 1,
              topologyKey: 'kubernetes.io/hostname',
              whenUnsatisfiable: 'ScheduleAnyway',
              labelSelector: { matchLabels: { 'app.kubernetes.io/name': 'meeboter-bot' } },
            },
          ],
          containers: [
            {
              name: BOT_CONTAINER,
              image,
              imagePullPolicy: 'IfNotPresent',
              env: [
                { name: 'MEEBOTER_API_URL', value: spec.apiUrl },
                { name: CLAIM_TOKEN, valueFrom: { secretKeyRef: { name, key: CLAIM_TOKEN } } },
              ],
              resources: {
                requests: { cpu: cpu.request, memory: memory.request },
                limits: { cpu: cpu.limit, memory: memory.limit },
              },
              securityContext: {
                allowPrivilegeEscalation: false,
                capabilities: { drop: ['ALL'] },
              },
              volumeMounts: [{ name: 'shm', mountPath: '/dev/shm' }],
            },
          ],
          // Chromium needs more shared memory than the 64 MB of a container. It counts as the container's memory.
          volumes: [{ name: 'shm', emptyDir: { medium: 'Memory', sizeLimit: '1Gi' } }],
        },
      },
    },
  };
}

/** The Secret of a deployment. The cluster deletes it together with its Job, also when the Job is gone already. */
export function secretOf(spec: RuntimeSpec, jobUid: string): V1Secret {
  const name = nameOf(spec.deploymentId);
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name,
      labels: labelsOf(spec),
      ownerReferences: [{ apiVersion: 'batch/v1', kind: 'Job', name, uid: jobUid }],
    },
    type: 'Opaque',
    immutable: true,
    stringData: { [CLAIM_TOKEN]: spec.claimToken },
  };
}
