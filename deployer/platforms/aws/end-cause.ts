// Says why a stopped task has ended. Sources: Amazon ECS API Reference (Task: stopCode, stoppedReason) and Developer
// Guide ("Stopped tasks error codes"). The texts have no list that is complete: one we do not know is `other`.
import type { EndCause, Observation } from '../platform.ts';
import type { Task } from './answers.ts';

/** Beginnings and parts of `stoppedReason`, in the order in which they are tried. */
const REASONS: readonly (readonly [RegExp, EndCause])[] = [
  [/OutOfMemory/, 'out_of_memory'],
  [/CannotPull(Container|Image)|pull image/, 'image_unavailable'],
  // No address or no disk for it, or no machine.
  [/Timeout waiting for (network interface|EphemeralStorage) provisioning/i, 'no_room'],
  [/Unexpected EC2 error while attempting to/i, 'no_room'],
  [/capacity is unavailable/i, 'no_room'],
  // Secrets or the log group cannot be had, or the container's command or volumes are wrong.
  [
    /ResourceInitializationError|CannotStartContainer|CannotCreateVolume|CannotCreateContainer/,
    'misconfigured',
  ],
];

/** Stop codes that say enough by themselves. */
const CODES: Readonly<Record<string, EndCause>> = {
  SpotInterruption: 'evicted',
  TerminationNotice: 'evicted',
  InfrastructureHealth: 'evicted',
  // Only a service has its tasks replaced, and ours belong to none: AWS retires the machine.
  ServiceSchedulerInitiated: 'evicted',
  UserInitiated: 'stopped',
  EssentialContainerExited: 'exited',
};

/** What is observed of a task in STOPPED. `container` is the name of the bot's container. */
export function endOf(task: Task, container: string): Observation {
  // A container beside the bot's may have ended differently.
  const bot = task.containers.find(({ name }) => name === container);
  const said = [task.stopCode, task.stoppedReason, bot?.reason].filter(Boolean).join(': ');
  return {
    state: 'ended',
    cause: causeOf(task, bot),
    ...(bot?.exitCode === undefined ? {} : { exitCode: bot.exitCode }),
    ...(said === '' ? {} : { detail: said }),
  };
}

function causeOf(task: Task, bot: Task['containers'][number] | undefined): EndCause {
  const text = `${task.stoppedReason ?? ''} ${bot?.reason ?? ''}`;
  const [, byReason] = REASONS.find(([words]) => words.test(text)) ?? [];
  const byCode = task.stopCode === undefined ? undefined : CODES[task.stopCode];
  // An interrupted bot leaves in good order, with exit code 0: the code of the stop says more.
  if (byCode === 'evicted' || byCode === 'stopped') return byCode;
  if (byReason !== undefined) return byReason;
  return byCode ?? (bot?.exitCode === undefined ? 'other' : 'exited');
}
