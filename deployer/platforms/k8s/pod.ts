// What a pod says about the bot in it. The bot's container decides: others, which the cluster injected, may go on.
import type { EndCause, Observation } from '../platform.ts';
import { BOT_CONTAINER } from './names.ts';
import type { Pod } from './shapes.ts';

type Terminated = NonNullable<Pod['status']['containerStatuses'][number]['state']['terminated']>;
type Waiting = NonNullable<Pod['status']['containerStatuses'][number]['state']['waiting']>;

/** By what time a pod is judged. */
export interface Judge {
  /** The time, in ms since 1970: it is compared with times that the cluster wrote. */
  nowMs: number;
  /** How long the cluster may look for a node: K8S_NODE_WAIT_MS. */
  nodeWaitMs: number;
}

/** How long the image may fail to come; the node tries again by itself. */
export const IMAGE_MS = 60_000;
/** How long the container may fail to be made. The Secret comes a moment after the Job. */
export const CONTAINER_MS = 30_000;

/** Words in the message of a failed pull that no further try changes. */
const PULL_IS_HOPELESS =
  /not found|manifest unknown|unauthorized|authentication required|denied|forbidden|no match for platform/i;
/** The message quotes the name of the image, which may contain such words. */
const isHopeless = (message: string) => PULL_IS_HOPELESS.test(message.replaceAll(/"[^"]*"/g, ''));

/** Several pods of one deployment: one that runs or may yet run counts more than one that has ended. */
export function pick(seen: readonly Observation[]): Observation | undefined {
  const order = ['running', 'unknown', 'starting', 'ended'];
  return order.flatMap((state) => seen.filter((it) => it.state === state))[0];
}

/**
 * What the pod says. With `isStopping` a pod that has not started is `starting` for as long as it exists: that it
 * cannot start would be no proof that it will not, in the moment before the cluster deletes it.
 */
export function observationOfPod(pod: Pod, judge: Judge, isStopping = false): Observation {
  const { phase, reason, message, containerStatuses } = pod.status;
  const { state = {} } = containerStatuses.find(({ name }) => name === BOT_CONTAINER) ?? {};
  const detail = [reason, message].filter(Boolean).join(': ');
  if (state.terminated) return ended(pod, state.terminated);
  if (phase === 'Failed' || phase === 'Succeeded') {
    return { state: 'ended', cause: causeOfReason(pod) ?? 'other', ...(detail ? { detail } : {}) };
  }
  // The node does not answer: the program on it may go on.
  if (phase === 'Unknown' || reason === 'NodeLost') return { state: 'unknown', detail: detail || 'Unknown' };
  if (state.running) return { state: 'running' };
  if (isStopping || pod.metadata.deletionTimestamp)
    return { state: 'starting', detail: 'The pod is being deleted.' };
  return waiting(pod, state.waiting ?? {}, judge);
}

const EVICTED = [
  'Evicted',
  'NodeLost',
  'NodeShutdown',
  'NodeAffinity',
  'Preempting',
  'Shutdown',
  'Terminated',
];

/** The cause that the pod as a whole gives. */
function causeOfReason(pod: Pod): EndCause | undefined {
  const { reason = '', conditions } = pod.status;
  if (EVICTED.includes(reason)) return 'evicted';
  if (reason.startsWith('OutOf') || reason === 'UnexpectedAdmissionError') return 'no_room';
  if (reason === 'DeadlineExceeded') return 'deadline';
  const isDisrupted = conditions.some((it) => it.type === 'DisruptionTarget' && it.status === 'True');
  return isDisrupted ? 'evicted' : undefined;
}

function ended(pod: Pod, { exitCode, reason = '', message }: Terminated): Observation {
  const disruption = pod.status.conditions.find((it) => it.type === 'DisruptionTarget');
  const detail = message ?? pod.status.message ?? disruption?.message;
  return {
    state: 'ended',
    cause: causeOfTermination(pod, reason),
    exitCode,
    ...(detail ? { detail } : {}),
  };
}

function causeOfTermination(pod: Pod, reason: string): EndCause {
  if (reason === 'OOMKilled') return 'out_of_memory';
  const ofPod = causeOfReason(pod);
  if (ofPod) return ofPod;
  if (reason === 'StartError' || reason === 'ContainerCannotRun') return 'misconfigured';
  // The node came back and knows nothing of the container, or was lost for good.
  if (reason === 'ContainerStatusUnknown') return 'evicted';
  return pod.metadata.deletionTimestamp ? 'stopped' : 'exited';
}

function waiting(
  pod: Pod,
  { reason = '', message = '' }: Waiting,
  { nowMs, nodeWaitMs }: Judge,
): Observation {
  const scheduled = pod.status.conditions.find(({ type }) => type === 'PodScheduled');
  const sinceMs = (scheduled?.lastTransitionTime ?? pod.metadata.creationTimestamp)?.getTime() ?? nowMs;
  const isOlder = (ms: number) => nowMs - sinceMs > ms;
  const starting = (detail: string): Observation => ({ state: 'starting', ...(detail ? { detail } : {}) });
  const failed = (cause: EndCause, detail: string): Observation => ({ state: 'ended', cause, detail });
  if (scheduled?.status === 'False') {
    const detail = [scheduled.reason, scheduled.message].filter(Boolean).join(': ');
    const isFull = scheduled.reason === 'Unschedulable' && isOlder(nodeWaitMs);
    return isFull ? failed('no_room', detail) : starting(detail);
  }
  const detail = [reason, message].filter(Boolean).join(': ');
  switch (reason) {
    case 'ErrImagePull':
    case 'ImagePullBackOff':
      return isOlder(IMAGE_MS) || isHopeless(message)
        ? failed('image_unavailable', detail)
        : starting(detail);
    case 'ErrImageNeverPull':
      return failed('image_unavailable', detail);
    case 'InvalidImageName':
      return failed('misconfigured', detail);
    case 'CreateContainerConfigError':
    case 'CreateContainerError':
    case 'RunContainerError':
      return isOlder(CONTAINER_MS) ? failed('misconfigured', detail) : starting(detail);
    default:
      return starting(detail);
  }
}
