// A container with Coolify's restart policy, `unless-stopped`: when its program ends, it is started again with the same
// environment and the same disk.
import { setTimeout as delay } from 'node:timers/promises';
import { newDisk, type Program, type RunningProgram, removeDisk } from './program.ts';

export class Container {
  state: 'running' | 'restarting' | 'removed' = 'running';
  restarts = 0;
  readonly env: Readonly<Record<string, string>>;
  readonly #disk = newDisk();
  readonly #program: Program;
  readonly #restartMs: number;
  readonly #onChange: () => void;
  #running: RunningProgram;
  #isWanted = true;

  constructor(options: {
    program: Program;
    env: Readonly<Record<string, string>>;
    /** How long after its end the program is started again. */
    restartMs: number;
    onChange: () => void;
  }) {
    const { program, env } = options;
    this.env = env;
    this.#program = program;
    this.#restartMs = options.restartMs;
    this.#onChange = options.onChange;
    this.#running = program(env, this.#disk);
    void this.#supervise();
  }

  async #supervise(): Promise<void> {
    for (;;) {
      await this.#running.exited;
      if (!this.#isWanted) return;
      this.state = 'restarting';
      this.#onChange();
      await delay(this.#restartMs, undefined, { ref: false });
      if (!this.#isWanted) return;
      this.restarts += 1;
      this.state = 'running';
      this.#running = this.#program(this.env, this.#disk);
      this.#onChange();
    }
  }

  /** `docker stop` and `docker rm`. */
  async stop(graceMs: number): Promise<void> {
    this.#isWanted = false;
    this.#running.kill('SIGTERM');
    const kill = setTimeout(() => this.#running.kill('SIGKILL'), graceMs);
    await this.#running.exited;
    clearTimeout(kill);
    this.#remove();
  }

  /** Takes it away without a trace. */
  vanish(): void {
    this.#isWanted = false;
    this.#running.kill('SIGKILL');
    this.#remove();
  }

  #remove(): void {
    this.state = 'removed';
    // Also what its program has left running.
    this.#running.kill('SIGKILL');
    removeDisk(this.#disk);
    this.#onChange();
  }
}
