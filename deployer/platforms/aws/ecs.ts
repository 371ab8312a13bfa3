// The platform `aws`: one ECS task on Fargate for each deployment.
import type { Observation, Platform, RuntimeRef, RuntimeSpec } from '../platform.ts';
import { PlatformFault } from '../platform.ts';
import type { Task } from './answers.ts';
import { type EcsApi, PAGE } from './api.ts';
import { describeTogether } from './describe.ts';
import { endOf } from './end-cause.ts';
import { Throttled } from './fault.ts';
import { Memory, type Remembered } from './memory.ts';
import { deploymentOf, PROVIDERS, runTaskInput, startedBy } from './run-task.ts';
import { type AwsConfig, servedMeetings } from './settings.ts';

/**
 * How long a task may be unknown to ECS after RunTask has accepted it. The API Reference promises no time, and advises
 * to wait up to minutes.
 */
const SETTLE_MS = 120_000;
/** A task takes seconds to stop, and its network interface up to two minutes more. */
const POLL_MS = 5_000;

export interface EcsOptions {
  api: EcsApi;
  config: AwsConfig;
  /** A clock that only goes forward, ms. */
  nowMs?: () => number;
  settleMs?: number;
  pollMs?: number;
}

/** The statuses before RUNNING (Amazon ECS Developer Guide, "Task lifecycle"). */
const BEFORE_RUNNING = ['PROVISIONING', 'PENDING', 'ACTIVATING'];
const isStopped = ({ lastStatus }: Task) => lastStatus === 'STOPPED' || lastStatus === 'DELETED';

export function createEcsPlatform(options: EcsOptions): Platform {
  const { api, config, settleMs = SETTLE_MS, pollMs = POLL_MS, nowMs = () => performance.now() } = options;
  const describe = describeTogether(api);
  const memory = new Memory();
  const remembered = (deploymentId: string) => memory.of(deploymentId, nowMs());

  /** Asks ECS for tasks of a deployment that are not told to stop. */
  const find = async (deploymentId: string, signal: AbortSignal): Promise<string[]> => {
    const taskArns = await api.list(startedBy(config.owner, deploymentId), signal);
    for (const arn of taskArns) remembered(deploymentId).taskArns.add(arn);
    return taskArns;
  };

  const launch = async (spec: RuntimeSpec, signal: AbortSignal): Promise<string> => {
    const [first = 'FARGATE', second] = PROVIDERS[config.capacity];
    if (second === undefined) return api.runTask(runTaskInput(config, spec, first), signal);
    // An earlier call may have got as far as the second provider: the token of the first would start another task.
    const [running] = await find(spec.deploymentId, signal);
    if (running !== undefined) return running;
    try {
      return await api.runTask(runTaskInput(config, spec, first), signal);
    } catch (fault) {
      if (!(fault instanceof PlatformFault) || fault.kind !== 'capacity') throw fault;
    }
    return api.runTask(runTaskInput(config, spec, second), signal);
  };

  const observe = async (ref: RuntimeRef, signal: AbortSignal): Promise<Observation> => {
    const it = remembered(ref.deploymentId);
    if (ref.externalRef !== null) it.taskArns.add(ref.externalRef);
    if (it.taskArns.size === 0) await find(ref.deploymentId, signal);
    if (it.taskArns.size === 0) {
      if (it.hasNone(nowMs(), settleMs)) return { state: 'gone' };
      return { state: 'unknown', detail: 'ECS shows no task yet.' };
    }
    const tasks = await describe([...it.taskArns], signal);
    for (const { taskArn } of tasks) it.shown(taskArn);
    const alive = tasks.filter((task) => !isStopped(task));
    if (it.isStopRequested) await stopThose(alive, signal);
    return stateOf(it, tasks, alive);
  };

  /** Stops tasks that were not told to, because ECS did not show them when the stop was requested. */
  const stopThose = async (tasks: readonly Task[], signal: AbortSignal) => {
    for (const { taskArn, desiredStatus } of tasks) {
      if (desiredStatus !== 'STOPPED') await api.stopTask(taskArn, signal);
    }
  };

  const stateOf = (it: Remembered, tasks: readonly Task[], alive: readonly Task[]): Observation => {
    // A task that is stopping is not over: it holds its place in the account until it is STOPPED.
    if (alive.some(({ lastStatus }) => !BEFORE_RUNNING.includes(lastStatus))) return { state: 'running' };
    const [task] = alive;
    if (task) return { state: 'starting', detail: `The task is ${task.lastStatus}.` };
    const described = new Set(tasks.map(({ taskArn }) => taskArn));
    const missing = [...it.taskArns].filter((arn) => !described.has(arn));
    if (missing.some((arn) => !it.isGone(arn, nowMs(), settleMs))) {
      return { state: 'starting', detail: 'ECS does not show the task yet.' };
    }
    const [ended] = tasks;
    return ended ? endOf(ended, config.container) : { state: 'gone' };
  };

  return {
    pollMs,
    meetingPlatforms: servedMeetings(config),

    async start(spec, signal) {
      signal.throwIfAborted();
      const it = remembered(spec.deploymentId);
      if (it.accepted !== null) return it.accepted;
      const before = it.launch;
      it.launch = 'uncertain';
      it.launching(nowMs());
      try {
        const taskArn = await launch(spec, signal);
        it.accept(taskArn);
        return taskArn;
      } catch (fault) {
        // What an earlier call did stays uncertain, whatever this one was told.
        const isRefused =
          fault instanceof Throttled || (fault instanceof PlatformFault && fault.kind !== 'transient');
        if (isRefused && before !== 'uncertain') it.launch = 'refused';
        throw fault;
      }
    },

    // ECS kills after the `stopTimeout` of the task definition; a call cannot say how long.
    async requestStop({ deploymentId, externalRef }, _graceMs, signal) {
      const it = remembered(deploymentId);
      it.isStopRequested = true;
      if (externalRef !== null) it.taskArns.add(externalRef);
      await find(deploymentId, signal);
      for (const arn of it.taskArns) await api.stopTask(arn, signal);
    },

    async observe(ref, signal) {
      try {
        return await observe(ref, signal);
      } catch (error) {
        return { state: 'unknown', detail: error instanceof Error ? error.message : String(error) };
      }
    },

    /** Without the tasks that are told to stop and have not stopped yet: ECS lists them with the stopped ones. */
    async list(signal) {
      const taskArns = await api.list(undefined, signal);
      const found = new Map<string, RuntimeRef>();
      const add = (deploymentId: string, externalRef: string) =>
        found.set(deploymentId, { deploymentId, externalRef, slot: null });
      for (let from = 0; from < taskArns.length; from += PAGE) {
        for (const task of await api.describe(taskArns.slice(from, from + PAGE), signal)) {
          const deploymentId = deploymentOf(config.owner, task.startedBy);
          if (deploymentId === undefined) continue;
          remembered(deploymentId).shown(task.taskArn);
          if (!isStopped(task)) add(deploymentId, task.taskArn);
        }
      }
      for (const [deploymentId, it] of memory.entries()) {
        const awaited = it.awaited(nowMs(), settleMs);
        if (awaited !== undefined) add(deploymentId, awaited);
      }
      return [...found.values()];
    },
  };
}
