// Describes tasks for many callers with few calls: ECS describes 100 tasks at once, and allows about 20 calls a second.
import { gather } from '@meeboter/chassis/gather.ts';
import type { Task } from './answers.ts';
import { type EcsApi, PAGE } from './api.ts';

/** A call for many tasks is given up after this long; it belongs to no single caller, so no caller's signal ends it. */
const CALL_MS = 10_000;

type Answer = { task: Task | undefined } | { fault: unknown };

/** Returns a function that describes some tasks. It leaves out those that ECS does not know. Throws PlatformFault. */
export function describeTogether(
  api: Pick<EcsApi, 'describe'>,
): (taskArns: readonly string[], signal: AbortSignal) => Promise<Task[]> {
  const together = async (taskArns: readonly string[]): Promise<Answer[]> => {
    try {
      const tasks = await api.describe([...new Set(taskArns)], AbortSignal.timeout(CALL_MS));
      const byArn = new Map(tasks.map((task) => [task.taskArn, task]));
      return taskArns.map((arn) => ({ task: byArn.get(arn) }));
    } catch (fault) {
      // They all fail: a hundred calls instead of the one would only make throttling worse.
      return taskArns.map(() => ({ fault }));
    }
  };
  // One ARN of another cluster or region makes ECS refuse a whole call: each has calls of its own.
  const byCluster = new Map<string, (taskArn: string) => Promise<Answer>>();
  const describe = (taskArn: string): Promise<Answer> => {
    const cluster = taskArn.slice(0, taskArn.lastIndexOf('/'));
    let ask = byCluster.get(cluster);
    if (!ask) {
      ask = gather<string, Answer>({
        together,
        alone: async (arn) => (await together([arn]))[0] ?? { task: undefined },
        most: PAGE,
      });
      byCluster.set(cluster, ask);
    }
    return ask(taskArn);
  };
  return async (taskArns, signal) => {
    const answers = await untilAborted(Promise.all(taskArns.map(describe)), signal);
    return answers.flatMap((answer) => {
      if ('fault' in answer) throw answer.fault;
      return answer.task ? [answer.task] : [];
    });
  };
}

/** The result of the promise, or the signal's reason as an error when it aborts before. */
async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  let stop = () => {};
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
