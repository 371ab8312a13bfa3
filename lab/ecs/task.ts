// A task of the stand-in: walks through the statuses of the ECS Developer Guide ("Task lifecycle"), and runs a
// container while it is in RUNNING.
import { type Container, type Program, runContainer } from './container.ts';

export type LastStatus =
  | 'PROVISIONING'
  | 'PENDING'
  | 'ACTIVATING'
  | 'RUNNING'
  | 'DEACTIVATING'
  | 'STOPPING'
  | 'DEPROVISIONING'
  | 'STOPPED';

export interface TaskOptions {
  taskArn: string;
  clusterArn: string;
  taskDefinitionArn: string;
  group: string;
  startedBy: string | undefined;
  provider: 'FARGATE' | 'FARGATE_SPOT';
  isByStrategy: boolean;
  overrides: Record<string, unknown>;
  tags: readonly { key: string; value: string }[];
  container: { name: string; program: Program; env: Record<string, string>; stopTimeoutMs: number };
  /** Set: the task never runs, and ends with this `stoppedReason`. */
  failsWith: string | undefined;
  /** The pause between two statuses, ms. */
  stepMs: number;
  nowMs(): number;
  /** True while no task may leave PROVISIONING. */
  isHeld(): boolean;
}

const seconds = (ms: number) => ms / 1_000;

export class Task {
  readonly options: TaskOptions;
  lastStatus: LastStatus = 'PROVISIONING';
  desiredStatus: 'RUNNING' | 'STOPPED' = 'RUNNING';
  stoppedAtMs: number | undefined;
  readonly createdAtMs: number;
  #tags: readonly { key: string; value: string }[];
  #version = 1;
  #stopCode: string | undefined;
  #stoppedReason: string | undefined;
  #exitCode: number | undefined;
  #containerReason: string | undefined;
  #startedAtMs: number | undefined;
  #container: Container | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: TaskOptions) {
    this.options = options;
    this.createdAtMs = options.nowMs();
    this.#tags = options.tags;
    this.#after(options.stepMs, () => this.#start());
  }

  get isRunning(): boolean {
    return this.#container?.isRunning() ?? false;
  }

  /** StopTask. Deletes the tags, as the API Reference says. */
  stop(reason: string): void {
    this.#tags = [];
    this.#tellToStop('UserInitiated', reason);
  }

  /** AWS wants the machine of a Spot task back: a notice and SIGTERM, and two minutes later the end. */
  interrupt(): void {
    this.#tellToStop('TerminationNotice', 'Your Spot Task was interrupted.');
  }

  /** The machine is lost, and everything on it. */
  loseMachine(): void {
    this.#stopCode = 'InfrastructureHealth';
    this.#stoppedReason = 'Task stopped due to infrastructure health.';
    this.desiredStatus = 'STOPPED';
    this.#container?.kill('SIGKILL');
  }

  /** The kernel ends the container because it uses more memory than its limit. */
  runOutOfMemory(): void {
    this.#containerReason = 'OutOfMemoryError: Container killed due to memory usage';
    this.#container?.kill('SIGKILL');
  }

  /** Ends without any trace in statuses. */
  vanish(): void {
    clearTimeout(this.#timer);
    this.#container?.kill('SIGKILL');
  }

  /** As DescribeTasks shows it. Times are seconds. */
  view(include: readonly string[]): Record<string, unknown> {
    const { options } = this;
    return {
      taskArn: options.taskArn,
      clusterArn: options.clusterArn,
      taskDefinitionArn: options.taskDefinitionArn,
      group: options.group,
      startedBy: options.startedBy,
      ...(options.isByStrategy ? { capacityProviderName: options.provider } : {}),
      launchType: 'FARGATE',
      platformVersion: '1.4.0',
      lastStatus: this.lastStatus,
      desiredStatus: this.desiredStatus,
      createdAt: seconds(this.createdAtMs),
      ...(this.#startedAtMs === undefined ? {} : { startedAt: seconds(this.#startedAtMs) }),
      ...(this.stoppedAtMs === undefined ? {} : { stoppedAt: seconds(this.stoppedAtMs) }),
      stopCode: this.#stopCode,
      stoppedReason: this.#stoppedReason,
      version: this.#version,
      overrides: options.overrides,
      containers: [
        {
          name: options.container.name,
          lastStatus: this.isRunning ? 'RUNNING' : this.#exitCode === undefined ? 'PENDING' : 'STOPPED',
          exitCode: this.#exitCode,
          reason: this.#containerReason,
        },
      ],
      ...(include.includes('TAGS') ? { tags: this.#tags } : {}),
    };
  }

  #start(): void {
    if (this.options.isHeld()) {
      this.#after(this.options.stepMs, () => this.#start());
    } else if (this.options.failsWith !== undefined) {
      this.desiredStatus = 'STOPPED';
      this.#stopCode = 'TaskFailedToStart';
      this.#stoppedReason = this.options.failsWith;
      this.#walk(['DEPROVISIONING', 'STOPPED']);
    } else {
      this.#walk(['PENDING', 'ACTIVATING', 'RUNNING']);
    }
  }

  #tellToStop(code: string, reason: string): void {
    if (this.desiredStatus === 'STOPPED') return;
    this.desiredStatus = 'STOPPED';
    this.#stopCode = code;
    this.#stoppedReason = reason;
    this.#version += 1;
    const container = this.#container;
    if (!container) {
      this.#walk(['DEPROVISIONING', 'STOPPED']);
      return;
    }
    container.kill('SIGTERM');
    this.#after(this.options.container.stopTimeoutMs, () => container.kill('SIGKILL'));
  }

  #walk([next, ...rest]: readonly LastStatus[]): void {
    if (next === undefined) return;
    this.#after(this.options.stepMs, () => {
      this.lastStatus = next;
      this.#version += 1;
      if (next === 'RUNNING') this.#run();
      if (next === 'STOPPED') this.stoppedAtMs = this.options.nowMs();
      this.#walk(rest);
    });
  }

  #run(): void {
    this.#startedAtMs = this.options.nowMs();
    const { program, env } = this.options.container;
    const name = this.options.taskArn.split('/').at(-1) ?? '';
    this.#container = runContainer(program, env, { name, onExit: (code) => this.#exited(code) });
  }

  #exited(exitCode: number): void {
    this.#exitCode = exitCode;
    this.desiredStatus = 'STOPPED';
    if (this.#stopCode === 'TerminationNotice') this.#stopCode = 'SpotInterruption';
    this.#stopCode ??= 'EssentialContainerExited';
    this.#stoppedReason ??= 'Essential container in task exited';
    this.#walk(['DEACTIVATING', 'STOPPING', 'DEPROVISIONING', 'STOPPED']);
  }

  /** There is one next step at a time: a newer one replaces it. */
  #after(ms: number, step: () => void): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(step, ms);
  }
}
