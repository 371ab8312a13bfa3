// What the stand-in for Coolify holds.
import { Application, newUuid } from './applications.ts';
import { Deployments } from './deployments.ts';
import { type Faults, noFaults } from './faults.ts';
import { idleProgram, type Program } from './program.ts';

export interface WorldOptions {
  /** What containers run; by default something that waits for its stop. */
  program?: Program;
  version?: string;
  /** How long a deployment takes, ms. */
  deployMs?: number;
  /** How long after its end a container's program is started again, ms. */
  restartMs?: number;
  /** How long a stop waits in the queue, ms. */
  stopMs?: number;
  /** How old a shown status may be, ms. */
  lagMs?: number;
  hasManyDestinations?: boolean;
}

export class World {
  readonly projectUuid = newUuid();
  readonly serverUuid = newUuid();
  readonly faults: Faults = noFaults();
  readonly deployments: Deployments;
  readonly version: string;
  readonly stopMs: number;
  readonly hasManyDestinations: boolean;
  applications: Application[] = [];
  /** Deployments that were answered with an error and wait to be carried out. */
  readonly late: (() => void)[] = [];
  readonly #lagMs: number;
  #ids = 100;

  constructor(options: WorldOptions) {
    const { program = idleProgram, deployMs = 10, restartMs = 100 } = options;
    this.version = options.version ?? '4.3.11';
    this.stopMs = options.stopMs ?? 5;
    this.#lagMs = options.lagMs ?? 0;
    this.hasManyDestinations = options.hasManyDestinations ?? false;
    this.deployments = new Deployments({ program, deployMs, restartMs, faults: this.faults });
  }

  newApplication(): Application {
    this.#ids += 1;
    const made = new Application(this.#ids, this.#lagMs);
    this.applications.push(made);
    return made;
  }
  find(uuid: string): Application | undefined {
    return this.applications.find((it) => it.uuid === uuid);
  }
  remove(application: Application): void {
    this.applications = this.applications.filter((it) => it !== application);
  }
  /** The containers that run with this value of a variable. */
  running(variable: string, value: string): number {
    const all = this.applications.flatMap(({ containers }) => containers);
    return all.filter(({ state, env }) => state === 'running' && env[variable] === value).length;
  }
  close(): void {
    this.deployments.close();
    for (const { containers } of this.applications) for (const it of [...containers]) it.vanish();
  }
}
