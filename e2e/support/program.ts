// Runs our programs as processes of their own.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export interface Program {
  pid: number;
  /** Its output so far. */
  output(): string;
  /** Null while it runs; 128 + n after signal n, as in a shell. */
  exitCode(): number | null;
  signal(signal: NodeJS.Signals): void;
  /** Waits until it has ended. `tookMs` counts from this call. */
  ended(): Promise<{ code: number; tookMs: number }>;
  kill(): Promise<void>;
}

/** Runs a program of ours, such as `api/main.ts`, with this environment, and nothing else but Node's compile cache. */
export function runProgram(main: string, env: Record<string, string>): Program {
  const { PATH = '', HOME = '', NODE_COMPILE_CACHE } = process.env;
  const child = spawn(process.execPath, [fileURLToPath(new URL(`../../${main}`, import.meta.url))], {
    env: { PATH, HOME, NODE_COMPILE_CACHE, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
    });
  }
  const SIGNALS: Partial<Record<NodeJS.Signals, number>> = { SIGINT: 2, SIGKILL: 9, SIGTERM: 15 };
  const exitCode = () =>
    child.exitCode ?? (child.signalCode === null ? null : 128 + (SIGNALS[child.signalCode] ?? 0));
  // `close` comes after the rest of its output.
  const closed = once(child, 'close');
  return {
    pid: child.pid ?? 0,
    output: () => printed,
    exitCode,
    signal: (signal) => void child.kill(signal),
    async ended() {
      const fromMs = performance.now();
      await closed;
      return { code: exitCode() ?? -1, tookMs: performance.now() - fromMs };
    },
    async kill() {
      child.kill('SIGKILL');
      await closed;
    },
  };
}
