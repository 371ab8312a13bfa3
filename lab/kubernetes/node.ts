// The node of the cluster: brings pods to run, as real processes on this machine, and ends them.
import { type ChildProcess, spawn } from 'node:child_process';
import { imageEnvironment } from '../image.ts';
import type { Faults } from './faults.ts';
import {
  type ContainerState,
  isTerminal,
  type PodObject,
  type SecretObject,
  setCondition,
  timestamp,
} from './objects.ts';
import type { Store } from './store.ts';

/** What a container runs instead of its image. */
export interface Program {
  command: string;
  args: readonly string[];
  /** Variables that the image would set. */
  env?: Record<string, string>;
  /** Told what the program writes. */
  onOutput?: (text: string) => void;
}

interface Running {
  child: ChildProcess;
  killAtMs: number | null;
  graceSeconds: number | null;
}

/** The container that runs as a process; others are only claimed to run. */
const BOT = 'bot';

export class KubeNode {
  readonly #processes = new Map<string, Running>();
  readonly #store: Store;
  readonly #faults: Faults;
  readonly #program: Program;

  constructor(store: Store, faults: Faults, program: Program) {
    this.#store = store;
    this.#faults = faults;
    this.#program = program;
  }

  /** How many processes of pods with this label run. */
  running(label: string, value: string): number {
    const pods = this.#store
      .all<PodObject>('pods')
      .filter(({ metadata }) => metadata.labels?.[label] === value);
    return pods.filter(({ metadata }) => this.#processes.has(metadata.name)).length;
  }

  /** One round over all pods. */
  run(): void {
    for (const pod of this.#store.all<PodObject>('pods')) {
      if (pod.metadata.deletionTimestamp) this.#end(pod);
      else if (pod.status.phase === 'Pending') this.#advance(pod);
    }
  }

  /** Ends the process of a pod with a signal. */
  signal(podName: string, signal: NodeJS.Signals): void {
    const running = this.#processes.get(podName);
    const pid = running?.child.pid;
    if (pid === undefined) return;
    try {
      // The program's helpers are in its group.
      process.kill(signal === 'SIGKILL' ? -pid : pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }

  close(): void {
    for (const name of this.#processes.keys()) this.signal(name, 'SIGKILL');
  }

  /** Brings a pod one step nearer to running. */
  #advance(pod: PodObject): void {
    const { hold } = this.#faults;
    if (hold === 'unschedulable') {
      const message = '0/3 nodes are available: 3 Insufficient cpu.';
      this.#condition(pod, { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message });
      return;
    }
    this.#condition(pod, { type: 'PodScheduled', status: 'True' });
    const env = this.#environmentOf(pod);
    if (hold === 'pulling') this.#wait(pod, 'ContainerCreating');
    else if (hold !== null) this.#wait(pod, 'ImagePullBackOff', hold.pull);
    else if (typeof env === 'string') this.#wait(pod, 'CreateContainerConfigError', env);
    else this.#start(pod, env);
  }

  /** The variables of the bot's container, or why there are none. */
  #environmentOf(pod: PodObject): Record<string, string> | string {
    const env: Record<string, string> = {};
    for (const { name, value, valueFrom } of pod.spec.containers.find((it) => it.name === BOT)?.env ?? []) {
      const key = valueFrom?.secretKeyRef;
      if (!key) {
        env[name] = value ?? '';
        continue;
      }
      const secret = this.#store.get<SecretObject>('secrets', key.name);
      if (!secret) return `secret "${key.name}" not found`;
      const encoded = secret.data?.[key.key];
      if (encoded === undefined) return `couldn't find key ${key.key} in Secret ${key.name}`;
      env[name] = Buffer.from(encoded, 'base64').toString();
    }
    return env;
  }

  #start(pod: PodObject, env: Record<string, string>): void {
    const { name } = pod.metadata;
    if (this.#processes.has(name)) return;
    const { command, args, onOutput } = this.#program;
    const child = spawn(command, args, {
      env: { ...imageEnvironment(), ...this.#program.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    for (const output of [child.stdout, child.stderr]) {
      output.setEncoding('utf8').on('data', (text: string) => onOutput?.(text));
    }
    this.#processes.set(name, { child, killAtMs: null, graceSeconds: null });
    child.once('spawn', () => this.#show(name, 'Running', { running: { startedAt: timestamp() } }));
    child.once('error', () => this.#ended(name, 128, null));
    child.once('exit', (code, signal) => this.#ended(name, code, signal));
  }

  #ended(name: string, code: number | null, signal: NodeJS.Signals | null): void {
    if (!this.#processes.delete(name)) return;
    const exitCode = code ?? (signal === 'SIGKILL' ? 137 : 143);
    const reason = exitCode === 0 ? 'Completed' : exitCode === 128 ? 'StartError' : 'Error';
    // With a container that goes on, the pod goes on.
    const phase = this.#faults.sidecar ? 'Running' : exitCode === 0 ? 'Succeeded' : 'Failed';
    this.#show(name, phase, { terminated: { exitCode, reason } });
  }

  /** Tells the process of a pod that is being deleted to stop, kills it after the grace time, and removes the pod. */
  #end(pod: PodObject): void {
    const { name, deletionGracePeriodSeconds: grace = 0 } = pod.metadata;
    const running = this.#processes.get(name);
    if (!running) {
      this.#store.remove('pods', name);
      return;
    }
    if (running.killAtMs === null) this.signal(name, 'SIGTERM');
    if (running.graceSeconds === null || grace < running.graceSeconds) {
      running.killAtMs = performance.now() + grace * 1_000;
      running.graceSeconds = grace;
    }
    if (performance.now() >= (running.killAtMs ?? 0)) this.signal(name, 'SIGKILL');
  }

  #condition(pod: PodObject, condition: Parameters<typeof setCondition>[1]): void {
    const has = pod.status.conditions?.find(({ type }) => type === condition.type);
    if (has?.status === condition.status) return;
    this.#store.change<PodObject>('pods', pod.metadata.name, ({ status }) => setCondition(status, condition));
  }

  #wait(pod: PodObject, reason: string, message?: string): void {
    const state = this.#store.get<PodObject>('pods', pod.metadata.name)?.status.containerStatuses?.[0]?.state;
    if (state?.waiting?.reason === reason) return;
    this.#show(pod.metadata.name, 'Pending', {
      waiting: { reason, ...(message === undefined ? {} : { message }) },
    });
  }

  #show(name: string, phase: string, state: ContainerState): void {
    this.#store.change<PodObject>('pods', name, ({ spec, status }) => {
      if (isTerminal({ status } as PodObject)) return;
      status.phase = phase;
      status.containerStatuses = spec.containers.map((container) => ({
        ...{ name: container.name, image: container.image, ready: state.running !== undefined },
        state: container.name === BOT ? state : { running: { startedAt: timestamp() } },
      }));
    });
  }
}
