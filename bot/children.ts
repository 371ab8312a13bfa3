// The processes that a bot starts. They inherit its environment without the claim token, and never
// outlive it: the bot kills them when it exits, and the kernel does (parent death signal) when the bot
// itself is killed.
import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { settledWithin } from './clock.ts';

const SETPRIV = '/usr/bin/setpriv';

export interface Child {
  readonly process: ChildProcess;
  /** Resolves when the process has ended. Never rejects. */
  readonly exited: Promise<{ code: number | null; signal: NodeJS.Signals | null; error?: Error }>;
  /** The last lines of its stderr. */
  readonly stderrTail: () => string;
  /** Sends SIGTERM, and SIGKILL if the process has not ended within `withinMs`. */
  stop(withinMs?: number): Promise<void>;
}

const running = new Set<ChildProcess>();

/** Kills all running children at once. For `process.on('exit')` and a second signal. */
export function killChildren(): void {
  for (const child of running) child.kill('SIGKILL');
}

/** Starts a program that is killed when the bot ends. */
export function startChild(
  command: string,
  args: readonly string[],
  options: { env: Record<string, string>; stdio: StdioOptions },
): Child {
  const guarded = process.platform === 'linux' && existsSync(SETPRIV);
  const child = guarded
    ? spawn(SETPRIV, ['--pdeathsig', 'KILL', command, ...args], options)
    : spawn(command, [...args], options);
  running.add(child);

  let tail = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    tail = (tail + text).slice(-2_000);
  });
  // Writing to a child that has just died fails with EPIPE. `exited` already tells its death.
  child.stdin?.on('error', () => undefined);

  const exited = new Promise<Awaited<Child['exited']>>((resolve) => {
    child.once('error', (error) => resolve({ code: null, signal: null, error }));
    child.once('exit', (code, signal) => resolve({ code, signal }));
  }).finally(() => running.delete(child));

  return {
    process: child,
    exited,
    stderrTail: () => tail.trim(),
    async stop(withinMs = 2_000) {
      child.kill('SIGTERM');
      if (await settledWithin(exited, withinMs)) return;
      child.kill('SIGKILL');
      await exited;
    },
  };
}
