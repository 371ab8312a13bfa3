// A container of the stand-in: a process with the container's environment, and everything that it starts.
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { closeSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { imageEnvironment } from '../image.ts';

/** What an image and a task definition say of a container. */
export interface Program {
  command: string;
  args: readonly string[];
  env?: Readonly<Record<string, string>>;
  /** Outputs are written to `<task id>.log` in this folder; they are lost when it is unset. */
  logDir?: string;
}

/** Every process of a container inherits this variable, also one that starts a session of its own. */
const MARK = 'LAB_CONTAINER';

export interface Container {
  isRunning(): boolean;
  kill(signal: NodeJS.Signals): void;
}

/** Starts the program. `onExit` is called once, when its main process has ended and its other processes are killed. */
export function runContainer(
  program: Program,
  env: Readonly<Record<string, string>>,
  { name, onExit }: { name: string; onExit(exitCode: number): void },
): Container {
  const mark = randomUUID();
  const output = program.logDir === undefined ? 'ignore' : openSync(join(program.logDir, `${name}.log`), 'a');
  const child: ChildProcess = spawn(program.command, program.args, {
    detached: true,
    stdio: ['ignore', output, output],
    env: { ...imageEnvironment(), ...program.env, ...env, [MARK]: mark },
  });
  if (typeof output === 'number') closeSync(output);
  let isRunning = true;
  const ended = (exitCode: number) => {
    if (!isRunning) return;
    isRunning = false;
    for (const pid of processesWith(mark)) sendSignal(pid, 'SIGKILL');
    onExit(exitCode);
  };
  child.once('error', () => ended(127));
  // A shell's way to say by which signal a process was ended.
  child.once('exit', (code, signal) => ended(code ?? (signal === 'SIGKILL' ? 137 : 143)));
  return {
    isRunning: () => isRunning,
    kill(signal) {
      if (isRunning && child.pid !== undefined) sendSignal(child.pid, signal);
    },
  };
}

/** Linux only: see proc(5), /proc/[pid]/environ. */
function processesWith(mark: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/environ`, 'utf8').includes(`${MARK}=${mark}`);
      } catch {
        // It has ended, or belongs to somebody else.
        return false;
      }
    })
    .map(Number);
}

function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended.
  }
}
