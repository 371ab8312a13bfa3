// The four ECS calls that the platform makes: bounded in time, sorted by fault, their answers checked.
import {
  DescribeTasksCommand,
  type ECSClient,
  ListTasksCommand,
  RunTaskCommand,
  type RunTaskCommandInput,
  StopTaskCommand,
} from '@aws-sdk/client-ecs';
import { z } from 'zod';
import { PlatformFault } from '../platform.ts';
import { described, listed, parse, started, type Task } from './answers.ts';
import { createCall } from './call.ts';
import { failureFault } from './fault.ts';
import type { Backoff } from './throttle.ts';

/** Ids that one DescribeTasks takes, and tasks on one page of ListTasks (Amazon ECS API Reference). */
export const PAGE = 100;
/** More pages than any cluster has: ListTasks that never ends is a fault. */
const MAX_PAGES = 1_000;
/** StopTask takes 255 characters of it. */
const STOP_REASON = 'Meeboter: the deployment has ended';

export interface EcsApi {
  /** Returns the ARN of the task, also of one that an earlier call with this client token started. */
  runTask(input: RunTaskCommandInput, signal: AbortSignal): Promise<string>;
  /** Has a task stopped. Does nothing for one that ECS does not know, or not yet. */
  stopTask(taskArn: string, signal: AbortSignal): Promise<void>;
  /** The tasks that ECS knows among these, at most 100 and all of one cluster. */
  describe(taskArns: readonly string[], signal: AbortSignal): Promise<Task[]>;
  /** The ARNs of tasks that are not told to stop: all of the cluster, or those with this `startedBy`. */
  list(startedBy: string | undefined, signal: AbortSignal): Promise<string[]>;
}

/** Every method throws PlatformFault. */
export function createEcsApi(client: ECSClient, cluster: string, backoff: Backoff): EcsApi {
  const call = createCall(client, backoff);
  // After a change of AWS_ECS_CLUSTER, tasks that were started before it still run in the other cluster.
  const clusterOf = (taskArn: string) => /:task\/([^/]+)\//.exec(taskArn)?.[1] ?? cluster;

  return {
    async runTask(input, signal) {
      try {
        return await call('RunTask', signal, async () => {
          const answer = await client.send(new RunTaskCommand(input), { abortSignal: signal });
          const { tasks, failures } = parse('RunTask', started, answer);
          // With `count: 1` a task and a failure do not come together.
          const [task] = tasks;
          if (!task) throw failureFault(failures[0]);
          return task.taskArn;
        });
      } catch (fault) {
        const arn = earlierTask(fault);
        if (arn === undefined) throw fault;
        return arn;
      }
    },

    async stopTask(taskArn, signal) {
      try {
        await call('StopTask', signal, () =>
          client.send(
            new StopTaskCommand({ cluster: clusterOf(taskArn), task: taskArn, reason: STOP_REASON }),
            { abortSignal: signal },
          ),
        );
      } catch (fault) {
        if (!isTaskUnknown(fault)) throw fault;
      }
    },

    async describe(taskArns, signal) {
      return call('DescribeTasks', signal, async () => {
        const [first] = taskArns;
        const command = new DescribeTasksCommand({
          cluster: first === undefined ? cluster : clusterOf(first),
          tasks: [...taskArns],
        });
        const { tasks, failures } = parse(
          'DescribeTasks',
          described,
          await client.send(command, { abortSignal: signal }),
        );
        const failure = failures.find(({ reason }) => reason !== 'MISSING');
        if (failure) {
          throw new PlatformFault('transient', `ECS DescribeTasks: ${failure.reason}: ${failure.arn}`);
        }
        return tasks;
      });
    },

    async list(startedBy, signal) {
      // With `startedBy`, no other filter may be given (Amazon ECS API Reference, ListTasks).
      const filter = startedBy === undefined ? { desiredStatus: 'RUNNING' as const } : { startedBy };
      const arns: string[] = [];
      let nextToken: string | undefined;
      for (let page = 1; page <= MAX_PAGES; page += 1) {
        const command = new ListTasksCommand({ cluster, ...filter, maxResults: PAGE, nextToken });
        const answer = await call('ListTasks', signal, async () =>
          parse('ListTasks', listed, await client.send(command, { abortSignal: signal })),
        );
        arns.push(...answer.taskArns);
        nextToken = answer.nextToken;
        if (nextToken === undefined) return arns;
      }
      throw new PlatformFault('transient', `ECS ListTasks: there are more than ${MAX_PAGES} pages`);
    },
  };
}

const conflict = z.object({ name: z.literal('ConflictException'), resourceIds: z.array(z.string()).min(1) });

/**
 * The task that the client token stands for, when RunTask was repeated with other parameters: after a change of the
 * settings, for example. The token names the deployment, so the task is the deployment's.
 */
function earlierTask(fault: unknown): string | undefined {
  const parsed = conflict.safeParse(fault instanceof Error ? fault.cause : undefined);
  return parsed.success ? parsed.data.resourceIds[0] : undefined;
}

/** ECS forgets a task an hour after it has stopped, and may not know one yet that it has just started. */
function isTaskUnknown(fault: unknown): boolean {
  return (
    fault instanceof PlatformFault &&
    fault.cause instanceof Error &&
    fault.cause.name === 'InvalidParameterException' &&
    /not found/i.test(fault.cause.message)
  );
}
