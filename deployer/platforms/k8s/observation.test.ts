// What Job, pods and events say, and the observation that follows.
import { describe, expect, it } from 'vitest';
import { observationOf } from './observation.ts';
import { CONTAINER_MS, IMAGE_MS } from './pod.ts';
import { eventSchema, type Job, jobSchema, type Pod, podSchema } from './shapes.ts';

const NOW_MS = Date.parse('2026-11-26T12:00:00Z');
const JUDGE = { nowMs: NOW_MS, nodeWaitMs: 90_000 };
const ago = (ms: number) => new Date(NOW_MS - ms).toISOString();
const metadata = { name: 'bot-1', uid: 'u1' };

const jobWith = (status: object = {}, extra: object = {}): Job =>
  jobSchema.parse({ metadata: { ...metadata, ...extra }, status });
const podWith = (status: object, extra: object = {}): Pod =>
  podSchema.parse({ metadata: { ...metadata, ...extra }, status });
const condition = (type: string, reason?: string, message?: string, status = 'True') => ({
  ...{ type, status },
  ...(reason ? { reason } : {}),
  ...(message ? { message } : {}),
});
const bot = (state: object) => ({
  containerStatuses: [
    { name: 'proxy', state: { running: {} } },
    { name: 'bot', state },
  ],
});
const waits = (reason: string, scheduledMs: number, message = '') => ({
  phase: 'Pending',
  conditions: [{ ...condition('PodScheduled'), lastTransitionTime: ago(scheduledMs) }],
  ...bot({ waiting: { reason, message } }),
});
const unscheduled = (sinceMs: number, reason = 'Unschedulable') => ({
  phase: 'Pending',
  conditions: [
    {
      ...condition('PodScheduled', reason, '0/3 nodes are available', 'False'),
      lastTransitionTime: ago(sinceMs),
    },
  ],
});
const ended = (exitCode: number, reason: string) => bot({ terminated: { exitCode, reason } });

describe('the pod of a Job that runs', () => {
  it.each([
    ['has no node yet', unscheduled(1_000), { state: 'starting' }],
    ['finds no node', unscheduled(JUDGE.nodeWaitMs + 1), { state: 'ended', cause: 'no_room' }],
    [
      'is held back by another controller',
      unscheduled(JUDGE.nodeWaitMs + 1, 'SchedulingGated'),
      { state: 'starting' },
    ],
    ['gets its image', waits('ContainerCreating', 600_000), { state: 'starting' }],
    ['waits for other containers', waits('PodInitializing', 600_000), { state: 'starting' }],
    ['failed to pull once', waits('ErrImagePull', 1_000, 'i/o timeout'), { state: 'starting' }],
    [
      'fails to pull',
      waits('ImagePullBackOff', IMAGE_MS + 1, 'i/o timeout'),
      { state: 'ended', cause: 'image_unavailable' },
    ],
    [
      'pulls an image that is not there',
      waits('ErrImagePull', 1_000, 'manifest unknown'),
      { state: 'ended', cause: 'image_unavailable' },
    ],
    [
      'may not pull the image',
      waits('ErrImagePull', 1_000, '401 Unauthorized'),
      { state: 'ended', cause: 'image_unavailable' },
    ],
    [
      'pulls too often for the registry',
      waits('ErrImagePull', 1_000, 'toomanyrequests: You have reached your pull rate limit'),
      { state: 'starting' },
    ],
    [
      'pulls an image with a name like an error',
      waits('ImagePullBackOff', 1_000, 'Back-off pulling image "x/not found/forbidden:404"'),
      { state: 'starting' },
    ],
    [
      'has no image on the node',
      waits('ErrImageNeverPull', 0),
      { state: 'ended', cause: 'image_unavailable' },
    ],
    ['names no image', waits('InvalidImageName', 0), { state: 'ended', cause: 'misconfigured' }],
    ['waits for its Secret', waits('CreateContainerConfigError', 1_000), { state: 'starting' }],
    [
      'gets no Secret',
      waits('CreateContainerConfigError', CONTAINER_MS + 1),
      { state: 'ended', cause: 'misconfigured' },
    ],
    [
      'cannot be made',
      waits('CreateContainerError', CONTAINER_MS + 1),
      { state: 'ended', cause: 'misconfigured' },
    ],
    [
      'cannot be run',
      waits('RunContainerError', CONTAINER_MS + 1),
      { state: 'ended', cause: 'misconfigured' },
    ],
    ['runs', { phase: 'Running', ...bot({ running: {} }) }, { state: 'running' }],
    ['is on a node that is mute', { phase: 'Unknown' }, { state: 'unknown' }],
    [
      'is on a node that is lost',
      { phase: 'Running', reason: 'NodeLost', ...bot({ running: {} }) },
      { state: 'unknown' },
    ],
    ['has ended well', ended(0, 'Completed'), { state: 'ended', cause: 'exited', exitCode: 0 }],
    ['has failed', ended(1, 'Error'), { state: 'ended', cause: 'exited', exitCode: 1 }],
    [
      'has used too much memory',
      ended(137, 'OOMKilled'),
      { state: 'ended', cause: 'out_of_memory', exitCode: 137 },
    ],
    ['could not be started', ended(128, 'StartError'), { state: 'ended', cause: 'misconfigured' }],
    ['was on a lost node', ended(137, 'ContainerStatusUnknown'), { state: 'ended', cause: 'evicted' }],
    [
      'was evicted',
      { phase: 'Failed', reason: 'Evicted', message: 'low on memory' },
      { state: 'ended', cause: 'evicted', detail: 'Evicted: low on memory' },
    ],
    [
      'was evicted and left well',
      {
        phase: 'Succeeded',
        conditions: [condition('DisruptionTarget', 'EvictionByEvictionAPI', 'node is emptied')],
        ...ended(0, 'Completed'),
      },
      { state: 'ended', cause: 'evicted', exitCode: 0, detail: 'node is emptied' },
    ],
    [
      'was on a node that shut down',
      { phase: 'Failed', reason: 'Terminated' },
      { state: 'ended', cause: 'evicted' },
    ],
    ['was preempted', { phase: 'Failed', reason: 'Preempting' }, { state: 'ended', cause: 'evicted' }],
    ['found its node full', { phase: 'Failed', reason: 'OutOfcpu' }, { state: 'ended', cause: 'no_room' }],
    [
      'was refused by its node',
      { phase: 'Failed', reason: 'UnexpectedAdmissionError' },
      { state: 'ended', cause: 'no_room' },
    ],
    ['was too old', { phase: 'Failed', reason: 'DeadlineExceeded' }, { state: 'ended', cause: 'deadline' }],
    ['failed, and nobody says why', { phase: 'Failed' }, { state: 'ended', cause: 'other' }],
  ])('%s', (_name, status, expected) => {
    expect(observationOf({ job: jobWith(), pods: [podWith(status)], events: [] }, JUDGE)).toMatchObject(
      expected,
    );
  });

  it('was deleted by somebody', () => {
    const pod = podWith(ended(143, 'Error'), { deletionTimestamp: ago(0) });
    expect(observationOf({ job: jobWith(), pods: [pod], events: [] }, JUDGE)).toMatchObject({
      cause: 'stopped',
      exitCode: 143,
    });
  });
});

describe('a Job without a pod', () => {
  const events = (message: string, uid = 'u1') => [
    eventSchema.parse({ reason: 'FailedCreate', message, involvedObject: { uid } }),
  ];
  it.each([
    ['is new', {}, [], { state: 'starting' }],
    ['is suspended', { conditions: [condition('Suspended')] }, [], { state: 'starting' }],
    [
      'may have no more pods',
      {},
      events('forbidden: exceeded quota: q'),
      { state: 'ended', cause: 'no_room' },
    ],
    [
      'lacks what the quota demands',
      {},
      events('forbidden: failed quota: q: must specify limits.cpu'),
      { state: 'ended', cause: 'misconfigured' },
    ],
    [
      'breaks the security rules',
      {},
      events('forbidden: violates PodSecurity'),
      { state: 'ended', cause: 'misconfigured' },
    ],
    [
      'is refused by a webhook',
      {},
      events('admission webhook "x" denied the request'),
      { state: 'ended', cause: 'misconfigured' },
    ],
    [
      'met a passing error',
      {},
      events('etcdserver: timed out'),
      { state: 'starting', detail: 'etcdserver: timed out' },
    ],
    [
      'has the name of one that was refused',
      {},
      events('forbidden: exceeded quota: q', 'u0'),
      { state: 'starting' },
    ],
    [
      'is complete',
      { conditions: [condition('Complete')] },
      [],
      { state: 'ended', cause: 'exited', exitCode: 0 },
    ],
    [
      'ran for too long',
      { conditions: [condition('Failed', 'DeadlineExceeded')] },
      [],
      { state: 'ended', cause: 'deadline' },
    ],
    [
      'lost its node',
      { conditions: [condition('Failed', 'PodFailurePolicy')] },
      [],
      { state: 'ended', cause: 'evicted' },
    ],
    [
      'failed',
      { conditions: [condition('Failed', 'BackoffLimitExceeded')] },
      [],
      { state: 'ended', cause: 'other' },
    ],
    [
      'is failing',
      { conditions: [condition('FailureTarget', 'DeadlineExceeded')] },
      [],
      { state: 'ended', cause: 'deadline' },
    ],
  ])('%s', (_name, status, happened, expected) => {
    const seen = observationOf({ job: jobWith(status), pods: [], events: happened }, JUDGE);
    expect(seen).toMatchObject(expected);
  });

  it('is being deleted', () => {
    const job = jobWith({}, { deletionTimestamp: ago(0) });
    expect(observationOf({ job, pods: [], events: [] }, JUDGE)).toEqual({
      state: 'ended',
      cause: 'stopped',
    });
  });
});

describe('Job and pods together', () => {
  const failing = jobWith({ conditions: [condition('FailureTarget', 'DeadlineExceeded', 'too old')] });
  const runs = podWith({ phase: 'Running', ...bot({ running: {} }) });
  it.each([
    ['a Job that is failing has a pod that still runs', failing, [runs], { state: 'running' }],
    [
      'the Job knows why its pod was stopped, the pod how',
      failing,
      [podWith(ended(143, 'Error'))],
      { state: 'ended', cause: 'deadline', exitCode: 143 },
    ],
    ['a second pod runs', jobWith(), [podWith(ended(1, 'Error')), runs], { state: 'running' }],
    ['the Job is gone, and its pod runs', null, [runs], { state: 'running' }],
    [
      'the Job is gone, and its pod waits for a node',
      null,
      [podWith(unscheduled(JUDGE.nodeWaitMs + 1))],
      { state: 'starting' },
    ],
    [
      'the Job is gone, and its pod has ended',
      null,
      [podWith(ended(0, 'Completed'))],
      { state: 'ended', cause: 'exited' },
    ],
    ['nothing is there', null, [], { state: 'gone' }],
  ])('%s', (_name, job, pods, expected) => {
    expect(observationOf({ job, pods, events: [] }, JUDGE)).toMatchObject(expected);
  });
});
