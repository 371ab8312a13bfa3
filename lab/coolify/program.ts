// What runs in a container of the stand-in.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { imageEnvironment } from '../image.ts';

export interface RunningProgram {
  /** Resolves when the program has ended. */
  exited: Promise<unknown>;
  kill(signal: 'SIGTERM' | 'SIGKILL'): void;
}

/** Starts the program of a container. `disk` is a folder that is there until the container is removed. */
export type Program = (env: Readonly<Record<string, string>>, disk: string) => RunningProgram;

/** Runs until it is told to stop, without a process of its own. */
export const idleProgram: Program = () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { exited: promise, kill: () => resolve() };
};

/** Runs a program of this machine, such as the bot, in a process group of its own. */
export function processProgram(command: string, args: readonly string[]): Program {
  return (env, disk) => {
    const child = spawn(command, [...args], {
      env: { ...imageEnvironment(), ...env, TMPDIR: disk, MEEBOTER_WORK_DIR: disk },
      cwd: disk,
      detached: true,
      stdio: 'ignore',
    });
    const exited = new Promise<void>((done) => {
      child.once('exit', () => done());
      child.once('error', () => done());
    });
    return {
      exited,
      kill(signal) {
        if (child.pid === undefined) return;
        try {
          // As Docker does: SIGTERM to the first process, SIGKILL to all.
          process.kill(signal === 'SIGKILL' ? -child.pid : child.pid, signal);
        } catch {
          // It has ended already.
        }
      },
    };
  };
}

export const newDisk = () => mkdtempSync(join(tmpdir(), 'coolify-container-'));
export const removeDisk = (disk: string) => rmSync(disk, { recursive: true, force: true, maxRetries: 5 });
