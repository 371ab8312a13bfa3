// Runs the bot program as a process, as a deployment platform does.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

export interface RunningBot {
  process: ChildProcess;
  workDir: string;
  output(): string;
  exited: Promise<number | null>;
  /** Kills the bot if it still runs, and removes its folders. */
  clean(): Promise<void>;
}

/** Starts `main` (a path relative to bot/) with the address of an API, and more of an environment. */
export async function runBotProcess(
  apiUrl: string,
  main = 'testing/main.ts',
  env: Record<string, string> = {},
): Promise<RunningBot> {
  const workDir = await mkdtemp(join(tmpdir(), 'bot-test-'));
  // As the local platform does: a killed browser leaves files here, which are removed with the folder.
  const tmpDir = await mkdtemp(join(tmpdir(), 'bot-tmp-'));
  const entry = fileURLToPath(new URL(`../${main}`, import.meta.url));
  const child = spawn(process.execPath, [entry], {
    env: {
      ...process.env,
      MEEBOTER_API_URL: apiUrl,
      MEEBOTER_CLAIM_TOKEN: 'secret-claim-token',
      MEEBOTER_WORK_DIR: workDir,
      TMPDIR: tmpDir,
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const keep = (text: Buffer) => {
    output += text;
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const exited = new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code)));
  return {
    process: child,
    workDir,
    output: () => output,
    exited,
    async clean() {
      child.kill('SIGKILL');
      await exited;
      for (const folder of [workDir, tmpDir]) {
        await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
      }
    },
  };
}

/** Polls until the condition holds. Fails with `what` when it does not within `withinMs`. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  withinMs = 60_000,
): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`not in ${withinMs} ms: ${what}`);
    await delay(20);
  }
}
