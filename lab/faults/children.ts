// The product's processes of a fault run, under a supervisor that starts again
// what ends.
import { type ChildProcess, spawn } from 'node:child_process';
import { openSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const RESTART_AFTER_MS = 300;
/** The grace time of the servers here, what they may take on top, and the longest that one is frozen meanwhile. */
const STOP_DEADLINE_MS = 15_000;

export class Child {
  readonly name: string;
  readonly #main: string;
  readonly #env: Record<string, string>;
  readonly #output: number;
  #process: ChildProcess | null = null;
  #wanted = false;
  /** How often it was told to stop, did not, and had to be killed. */
  killedByForce = 0;

  constructor(name: string, main: string, env: Record<string, string>, dir: string) {
    this.name = name;
    this.#main = main;
    this.#env = env;
    this.#output = openSync(join(dir, `${name}.log`), 'a');
  }

  start(): void {
    this.#wanted = true;
    const { PATH = '', HOME = '' } = process.env;
    const child = spawn(process.execPath, [this.#main], {
      env: { PATH, HOME, ...this.#env },
      stdio: ['ignore', this.#output, this.#output],
    });
    this.#process = child;
    child.once('exit', () => {
      if (this.#process === child) this.#process = null;
      if (this.#wanted) void delay(RESTART_AFTER_MS).then(() => this.#wanted && this.start());
    });
  }
  /** Ends as a crash; the supervisor starts it again. */
  crash(): void {
    this.#process?.kill('SIGKILL');
  }
  /** A rolling restart: it may finish what it has begun, and is killed when it does not end, as supervisors do. */
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
