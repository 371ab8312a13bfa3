// The product's processes of a fault run, under a supervisor that restarts a process that ends.
import { type ChildProcess, spawn } from 'node:child_process';
import { openSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const RESTART_AFTER_MS = 300;
/** The servers' grace time, the time they may take beyond it, and the longest freeze in between. */
const STOP_DEADLINE_MS = 15_000;

export class Child {
  readonly name: string;
  readonly #main: string;
  readonly #env: Record<string, string>;
  readonly #output: number;
  #process: ChildProcess | null = null;
  #wanted = false;
  /** How often it had to be killed because it did not stop in time after SIGTERM. */
  killedByForce = 0;

  constructor(name: string, main: string, env: Record<string, string>, dir: string) {
    this.name = name;
    this.#main = main;
    this.#env = env;
    this.#output = openSync(join(dir, `${name}.log`), 'a');
  }

  start(): void {
    this.#wanted = true;
    const { PATH = '', HOME = '', NODE_COMPILE_CACHE } = process.env;
    const child = spawn(process.execPath, [this.#main], {
      env: { PATH, HOME, NODE_COMPILE_CACHE, ...this.#env },
      stdio: ['ignore', this.#output, this.#output],
    });
    this.#process = child;
    child.once('exit', () => {
      if (this.#process === child) this.#process = null;
      if (this.#wanted) void delay(RESTART_AFTER_MS).then(() => this.#wanted && this.start());
    });
  }
  /** Kills it, as in a crash; the supervisor restarts it. */
  crash(): void {
    this.#process?.kill('SIGKILL');
  }
  /** Restarts it with SIGTERM, so that it can finish its jobs. Kills it after a deadline, as supervisors do. */
  async restart(): Promise<void> {
    const child = this.#process;
    if (!child) return;
    const ended = new Promise<void>((done) => child.once('exit', () => done()));
    child.kill('SIGTERM');
    const late = setTimeout(() => {
      this.killedByForce += 1;
      child.kill('SIGKILL');
    }, STOP_DEADLINE_MS);
    await ended;
    clearTimeout(late);
  }
  async freeze(ms: number): Promise<void> {
    const child = this.#process;
    child?.kill('SIGSTOP');
    await delay(ms);
    child?.kill('SIGCONT');
  }
  async stop(): Promise<void> {
    this.#wanted = false;
    const child = this.#process;
    if (!child) return;
    const ended = new Promise<void>((done) => child.once('exit', () => done()));
    child.kill('SIGCONT');
    child.kill('SIGKILL');
    await ended;
  }
}
