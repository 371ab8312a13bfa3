// A process of the bench: a server of the product, the fake platform, or a baseline.
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { environment } from '@meeboter/chassis/env/read.ts';
import { closing } from './cleanup.ts';

const STOP_MS = 8_000;
const COMPILE_CACHE = fileURLToPath(new URL('../../.meeboter/compile-cache', import.meta.url));
const running = new Set<Program>();

/** The last warnings and errors of the programs that are still running, to explain why a section failed. */
export function complaints(): string {
  return [...running].map((program) => program.complaints()).join('');
}

export interface ProgramOptions {
  name: string;
  /** Path of its main file. */
  main: string;
  env: Record<string, string>;
  /** Folder for the file with its output. */
  dir: string;
  profileDir?: string | null;
}

export class Program {
  readonly name: string;
  readonly process: ChildProcess;
  /** Ends it with SIGTERM, or with SIGKILL when it takes too long. */
  readonly stop: () => Promise<void>;
  readonly #logFile: string;

  constructor({ name, main, env, dir, profileDir }: ProgramOptions) {
    this.name = name;
    this.#logFile = join(dir, `${name}.log`);
    const output = openSync(this.#logFile, 'a');
    const { PATH = '', HOME = '' } = environment();
    const flags = profileDir
      ? ['--cpu-prof', '--cpu-prof-dir', profileDir, '--cpu-prof-name', `${name}-${Date.now()}.cpuprofile`]
      : [];
    // In a process group of its own, so that Ctrl-C in the terminal reaches only the bench.
    this.process = spawn(process.execPath, [...flags, main], {
      // The same Node options as in the images.
      env: { PATH, HOME, NODE_COMPILE_CACHE: COMPILE_CACHE, NODE_OPTIONS: '--max-semi-space-size=4', ...env },
      stdio: ['ignore', output, output, 'ipc'],
      detached: true,
    });
    closeSync(output);
    running.add(this);
    this.stop = closing(() => this.#stop());
    this.process.once('exit', (code) => {
      running.delete(this);
      if (code) process.stderr.write(`${name} ended with code ${code}\n${this.complaints()}`);
    });
  }

  get pid(): number {
    return this.process.pid ?? 0;
  }
  /** The last lines of its log at level `warn` and above. */
  complaints(): string {
    const lines = readFileSync(this.#logFile, 'utf8').split('\n');
    const bad = lines.filter((line) => !/^({"level":"(trace|debug|info)",.*)?$/.test(line)).slice(-8);
    return bad.map((line) => `${this.name}: ${line}\n`).join('');
  }

  async #stop(): Promise<void> {
    const child = this.process;
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise<void>((done) => child.once('exit', () => done()));
    child.kill('SIGTERM');
    await Promise.race([ended, delay(STOP_MS, undefined, { ref: false })]);
    child.kill('SIGKILL');
    await ended;
  }
}
