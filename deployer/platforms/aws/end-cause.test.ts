// Why a task has stopped, by what DescribeTasks says of it.
import { expect, it } from 'vitest';
import type { EndCause } from '../platform.ts';
import { endOf } from './end-cause.ts';

type Bot = { exitCode?: number; reason?: string };
type Row = [stopCode: string | undefined, stoppedReason: string, bot: Bot, cause: EndCause];

const ESSENTIAL = 'Essential container in task exited';
const ROWS: Row[] = [
  ['EssentialContainerExited', ESSENTIAL, { exitCode: 0 }, 'exited'],
  ['EssentialContainerExited', ESSENTIAL, { exitCode: 1 }, 'exited'],
  [
    'EssentialContainerExited',
    ESSENTIAL,
    { exitCode: 137, reason: 'OutOfMemoryError: Container killed due to memory usage' },
    'out_of_memory',
  ],
  [undefined, 'OutOfMemoryError: Container killed due to memory usage', { exitCode: 137 }, 'out_of_memory'],
  ['SpotInterruption', 'Your Spot Task was interrupted.', { exitCode: 0 }, 'evicted'],
  ['TerminationNotice', 'Your Spot Task was interrupted.', {}, 'evicted'],
  ['InfrastructureHealth', 'Task stopped due to infrastructure health.', {}, 'evicted'],
  ['ServiceSchedulerInitiated', 'Scaling activity initiated by deployment', {}, 'evicted'],
  ['UserInitiated', 'Meeboter: the deployment has ended', { exitCode: 0 }, 'stopped'],
  ['UserInitiated', 'by hand', {}, 'stopped'],
  [
    'TaskFailedToStart',
    'CannotPullContainerError: pull image manifest has been retried 1 time(s): not found',
    {},
    'image_unavailable',
  ],
  ['TaskFailedToStart', 'CannotPullContainerError: Error response: toomanyrequests', {}, 'image_unavailable'],
  [
    'TaskFailedToStart',
    'CannotPullContainerError: ref pull has been retried 5 time(s): i/o timeout',
    {},
    'image_unavailable',
  ],
  [
    'TaskFailedToStart',
    'ResourceInitializationError: unable to pull secrets or registry auth',
    {},
    'misconfigured',
  ],
  ['TaskFailedToStart', 'ResourceInitializationError: failed to validate logger args', {}, 'misconfigured'],
  ['TaskFailedToStart', 'CannotStartContainerError: exec: "node": not found', {}, 'misconfigured'],
  ['TaskFailedToStart', 'CannotCreateVolumeError: EFS', {}, 'misconfigured'],
  ['TaskFailedToStart', 'Timeout waiting for network interface provisioning to complete.', {}, 'no_room'],
  ['TaskFailedToStart', 'Timeout waiting for EphemeralStorage provisioning to complete', {}, 'no_room'],
  [
    'TaskFailedToStart',
    'Unexpected EC2 error while attempting to Create Network Interface in subnet-1',
    {},
    'no_room',
  ],
  ['TaskFailedToStart', 'Capacity is unavailable at this time. Please try again later', {}, 'no_room'],
  ['TaskFailedToStart', 'ContainerRuntimeTimeoutError: Could not transition to running', {}, 'other'],
  ['TaskFailedToStart', 'CannotInspectContainerError: could not inspect', {}, 'other'],
  [undefined, '', { exitCode: 3 }, 'exited'],
  [undefined, '', {}, 'other'],
];

it.each(ROWS)('%s: %s %o: %s', (stopCode, stoppedReason, bot, cause) => {
  const task = {
    taskArn: 'arn',
    lastStatus: 'STOPPED',
    ...(stopCode === undefined ? {} : { stopCode }),
    stoppedReason,
    // What stands beside the bot does not decide.
    containers: [
      { name: 'logs', exitCode: 137, reason: 'OutOfMemoryError' },
      { name: 'bot', ...bot },
    ],
  };
  const seen = endOf(task, 'bot');
  expect(seen).toMatchObject({ state: 'ended', cause });
  expect('exitCode' in seen ? seen.exitCode : undefined).toBe(bot.exitCode);
  if (stoppedReason !== '') expect(seen).toHaveProperty('detail', expect.stringContaining(stoppedReason));
});
