// The cluster of the stand-in: its task definitions, its tasks, and the memory of client tokens.
import { createHash, randomBytes } from 'node:crypto';
import { ApiError, invalid } from './api-error.ts';
import { Capacity, type Provider } from './capacity.ts';
import type { Program } from './container.ts';
import type { RunTask } from './requests.ts';
import { Task } from './task.ts';

const ACCOUNT = 'arn:aws:ecs:eu-central-1:123456789012';
const HOUR_MS = 3_600_000;
const MAX_OVERRIDES = 8_192;

export interface TaskDefinition {
  container: string;
  program: Program;
  stopTimeoutMs?: number;
}

export interface ClusterOptions {
  name: string;
  /** By family. */
  taskDefinitions: Readonly<Record<string, TaskDefinition>>;
  /** The capacity providers that the cluster is associated with. */
  providers: readonly Provider[];
  stepMs: number;
  /** A task is MISSING for this long after RunTask has returned it, ms. */
  lagMs: number;
}

interface UsedToken {
  parameters: string;
  taskArns: string[];
  atMs: number;
}

export class Cluster {
  readonly options: ClusterOptions;
  readonly capacity: Capacity;
  /** Starts wait in PROVISIONING while it is true. */
  isHeld = false;
  /** The `stoppedReason` with which the next task fails. */
  failNextWith: string | undefined;
  doubleNext = false;
  #skippedMs = 0;
  readonly #tasks = new Map<string, Task>();
  readonly #tokens = new Map<string, UsedToken>();

  constructor(options: ClusterOptions) {
    this.options = options;
    this.capacity = new Capacity(() => this.nowMs());
  }

  nowMs(): number {
    return Date.now() + this.#skippedMs;
  }

  /** Lets time pass for client tokens, and for tasks that have stopped. */
  skip(ms: number): void {
    this.#skippedMs += ms;
  }

  run(request: RunTask): Record<string, unknown> {
    const definition = this.#definitionOf(request.taskDefinition);
    const provider = this.#providerOf(request);
    this.#check(request, definition);
    const used = this.#usedToken(request);
    if (used) {
      const tasks = used.taskArns.flatMap((arn) => this.#tasks.get(arn) ?? []);
      return { tasks: tasks.map((task) => task.view([])), failures: [] };
    }
    const started: Task[] = [];
    for (let n = 0; n < request.count; n += 1) {
      const tasksNow = [...this.#tasks.values()].filter(({ lastStatus }) => lastStatus !== 'STOPPED').length;
      const reason = this.capacity.take(provider, tasksNow);
      if (reason !== undefined) {
        return { tasks: started.map((task) => task.view([])), failures: [{ reason }] };
      }
      started.push(this.#start(request, definition, provider));
    }
    if (this.doubleNext) {
      this.doubleNext = false;
      this.#start(request, definition, provider);
    }
    if (request.clientToken !== undefined) {
      const taskArns = started.map(({ options }) => options.taskArn);
      this.#tokens.set(request.clientToken, {
        parameters: fingerprint(request),
        taskArns,
        atMs: this.nowMs(),
      });
    }
    return { tasks: started.map((task) => task.view([])), failures: [] };
  }

  /** As DescribeTaskDefinition shows it. */
  definitionView(name: string): Record<string, unknown> {
    const { container, stopTimeoutMs } = this.#definitionOf(name);
    return {
      taskDefinitionArn: `${ACCOUNT}:task-definition/${name}:1`,
      ...{ family: name, revision: 1, status: 'ACTIVE', cpu: '2048', memory: '4096' },
      networkMode: 'awsvpc',
      requiresCompatibilities: ['FARGATE'],
      containerDefinitions: [
        { name: container, ...(stopTimeoutMs === undefined ? {} : { stopTimeout: stopTimeoutMs / 1_000 }) },
      ],
    };
  }

  /** A task that the API shows: not at once after its start, and for an hour after its end. */
  shown(taskArn: string): Task | undefined {
    const task = this.#tasks.get(taskArn);
    if (!task) return undefined;
    const nowMs = this.nowMs();
    if (nowMs - task.createdAtMs < this.options.lagMs) return undefined;
    return task.stoppedAtMs !== undefined && nowMs - task.stoppedAtMs > HOUR_MS ? undefined : task;
  }

  /** All tasks that the API shows. */
  all(): Task[] {
    return [...this.#tasks.keys()].flatMap((arn) => this.shown(arn) ?? []);
  }

  /** All tasks with this text in `startedBy`, shown or not: the stand-in's own truth. */
  of(text: string): Task[] {
    return [...this.#tasks.values()].filter(({ options }) => options.startedBy?.includes(text));
  }

  /** Removes tasks without a trace. */
  vanish(text: string): void {
    for (const task of this.of(text)) {
      task.vanish();
      this.#tasks.delete(task.options.taskArn);
    }
  }

  #definitionOf(name: string): TaskDefinition {
    const [family = ''] = (name.split('/').at(-1) ?? '').split(':');
    const definition = this.options.taskDefinitions[family];
    if (!definition) throw new ApiError('ClientException', 'TaskDefinition not found.');
    return definition;
  }

  #providerOf({ launchType, capacityProviderStrategy }: RunTask): Provider {
    if (capacityProviderStrategy === undefined) {
      if (launchType === 'FARGATE') return 'FARGATE';
      throw invalid('No Container Instances were found in your cluster.');
    }
    if (launchType !== undefined)
      throw invalid('A launch type and a capacity provider strategy may not be specified together.');
    const [first] = capacityProviderStrategy;
    const provider = this.options.providers.find((name) => name === first?.capacityProvider);
    if (!provider) {
      throw invalid(
        'The specified capacity provider was not found. Specify a valid capacity provider and try again.',
      );
    }
    return provider;
  }

  #check({ networkConfiguration, overrides }: RunTask, definition: TaskDefinition): void {
    if (!networkConfiguration) {
      throw invalid("Network Configuration must be provided when networkMode 'awsvpc' is specified.");
    }
    if (JSON.stringify(overrides ?? {}).length > MAX_OVERRIDES) {
      throw invalid('Container Overrides length must be at most 8192');
    }
    for (const { name } of overrides?.containerOverrides ?? []) {
      if (name === definition.container) continue;
      throw invalid(`Override for container named ${name} is not a container in the TaskDefinition.`);
    }
  }

  #usedToken(request: RunTask): UsedToken | undefined {
    const used = request.clientToken === undefined ? undefined : this.#tokens.get(request.clientToken);
    if (!used || this.nowMs() - used.atMs > 24 * HOUR_MS) return undefined;
    if (used.parameters !== fingerprint(request)) {
      throw new ApiError(
        'ConflictException',
        'The RunTask request could not be processed due to conflicts with existing tasks.',
        { extra: { resourceIds: used.taskArns } },
      );
    }
    return used;
  }

  #start(request: RunTask, definition: TaskDefinition, provider: Provider): Task {
    const { name, stepMs } = this.options;
    const environment = request.overrides?.containerOverrides[0]?.environment ?? [];
    const taskArn = `${ACCOUNT}:task/${name}/${randomBytes(16).toString('hex')}`;
    const failsWith = this.failNextWith;
    this.failNextWith = undefined;
    const task = new Task({
      taskArn,
      clusterArn: `${ACCOUNT}:cluster/${name}`,
      taskDefinitionArn: `${ACCOUNT}:task-definition/${request.taskDefinition}:1`,
      group: `family:${request.taskDefinition}`,
      startedBy: request.startedBy,
      provider,
      isByStrategy: request.capacityProviderStrategy !== undefined,
      overrides: { ...request.overrides },
      tags: request.tags ?? [],
      container: {
        name: definition.container,
        program: definition.program,
        env: Object.fromEntries(environment.map((it) => [it.name, it.value])),
        stopTimeoutMs: definition.stopTimeoutMs ?? 30_000,
      },
      failsWith,
      stepMs,
      nowMs: () => this.nowMs(),
      isHeld: () => this.isHeld,
    });
    this.#tasks.set(taskArn, task);
    return task;
  }
}

const fingerprint = (request: RunTask): string =>
  createHash('sha256').update(JSON.stringify(request)).digest('hex');
