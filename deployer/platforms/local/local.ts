// The local platform: a runtime is a process on the deployer's own machine, with a scratch folder
// of its own. It keeps running when the deployer ends; a restarted deployer finds it again by a
// variable in its environment (processes.ts).
import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { environment } from '@meeboter/chassis/env/read.ts';
import { type Observation, type Platform, PlatformFault, type RuntimeSpec } from '../platform.ts';
import { CLAIM_TOKEN, DEPLOYMENT_MARK, findRuntimeProcesses, signalProcess, WORK_DIR } from './processes.ts';

/** The bot program. It is started by its path; the deployer imports none of its code. */
const BOT_MAIN = fileURLToPath(new URL('../../../bot/main.ts', import.meta.url));

const KILL_MS = 5_000;
const POLL_MS = 100;

/**
 * The variables of our environment that a runtime gets. None is secret. With Node's compile cache the bot program
 * starts in half the CPU time.
 */
const PASSED_ON = ['PATH', 'HOME', 'LANG', 'TZ', 'NODE_COMPILE_CACHE'];

export interface LocalPlatformOptions {
  /** Scratch folders and logs of runtimes live here, one folder per deployment. */
  runtimeDir: string;
  /** The browser; the bot looks for one unless given. */
  chromiumPath?: string | undefined;
  /** Told at once when the process of a runtime that was started here has ended. */
  onExit?: (deploymentId: string) => void;
  /** Told of an error in a stop that nobody waits for. */
  onError?: (error: unknown) => void;
  /** The program to run; the bot unless a test says otherwise. */
  mainScript?: string;
}

/** Runs runtimes as processes on this machine. */
export function createLocalPlatform(options: LocalPlatformOptions): Platform {
  const mainScript = options.mainScript ?? BOT_MAIN;
  const runtimeDir = resolve(options.runtimeDir);
  // Bots of another installation on this machine have another folder, and are left alone.
  const ours = async () =>
    (await findRuntimeProcesses()).filter(({ workDir }) => workDir.startsWith(`${runtimeDir}/`));
  const find = async (deploymentId: string) =>
    (await ours()).filter((process) => process.deploymentId === deploymentId);
  const mains = async (deploymentId: string) => (await find(deploymentId)).filter(({ isMain }) => isMain);

  /** Stops that are under way, by deployment. */
  const stopping = new Map<string, Promise<void>>();
  const stop = async (deploymentId: string, graceMs: number, hurry?: AbortSignal): Promise<void> => {
    const ended = async () => (await mains(deploymentId)).length === 0;
    const gone = async () => (await find(deploymentId)).length === 0;
    for (const process of await mains(deploymentId)) signalProcess(process.pid, 'SIGTERM');
    await until(ended, graceMs, hurry);
    // The runtime has ended, or its grace time is over. Kill it and its helpers (browser, display, sound).
    for (const process of await find(deploymentId)) signalProcess(process.pid, 'SIGKILL');
    if (!(await until(gone, KILL_MS))) return;
    for (const folder of [join(runtimeDir, deploymentId, 'work'), temporaryFolder(deploymentId)]) {
      await rm(folder, { recursive: true, force: true });
    }
  };

  return {
    isFirstHand: true,
    pollMs: POLL_MS,

    async start(spec, signal) {
      const [main] = await mains(spec.deploymentId);
      signal.throwIfAborted();
      return `pid:${main?.pid ?? (await launch(spec, mainScript, { ...options, runtimeDir }, signal))}`;
    },

    async requestStop({ deploymentId }, graceMs) {
      if (stopping.has(deploymentId)) return;
      // The stop outlives the call, but not a failure to look: the next request starts it again.
      const stopped = stop(deploymentId, graceMs)
        .catch((error: unknown) => options.onError?.(error))
        .finally(() => stopping.delete(deploymentId));
      stopping.set(deploymentId, stopped);
    },

    async observe({ deploymentId }): Promise<Observation> {
      const processes = await find(deploymentId);
      if (processes.some(({ isMain }) => isMain)) return { state: 'running' };
      // Helpers without their program, or folders that are being removed.
      const isCleared = processes.length === 0 && !stopping.has(deploymentId);
      return isCleared ? { state: 'gone' } : { state: 'orphaned' };
    },

    async list() {
      const ids = new Set((await ours()).map((process) => process.deploymentId));
      return [...ids].map((deploymentId) => ({ deploymentId, externalRef: null, slot: null }));
    },

    async stopAll(graceMs, hurry) {
      const ids = new Set((await ours()).map((process) => process.deploymentId));
      await Promise.all([...ids].map((id) => stop(id, graceMs, hurry)));
    },
  };
}

/**
 * The temporary folder of a runtime, for what browser and sound server leave behind when they are killed. It is
 * not inside the scratch folder: the path of a socket has at most 107 bytes (unix(7)), and RUNTIME_DIR may be long.
 */
export const temporaryFolder = (deploymentId: string) => join(tmpdir(), `meeboter-${deploymentId}`);

/** Spawns the bot program in its own session, its output going to runtime.log. Returns its pid. */
async function launch(
  spec: RuntimeSpec,
  mainScript: string,
  options: LocalPlatformOptions,
  signal: AbortSignal,
): Promise<number> {
  const dir = join(options.runtimeDir, spec.deploymentId);
  const workDir = join(dir, 'work');
  const tmpDir = temporaryFolder(spec.deploymentId);
  try {
    await mkdir(workDir, { recursive: true, mode: 0o700 });
    await mkdir(tmpDir, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new PlatformFault('config', `the scratch folders ${dir} and ${tmpDir} cannot be made`, { cause });
  }
  // A start that was given up must not take effect.
  signal.throwIfAborted();
  const output = openSync(join(dir, 'runtime.log'), 'a', 0o600);
  try {
    const child = spawn(process.execPath, [mainScript], {
      cwd: workDir,
      detached: true,
      stdio: ['ignore', output, output],
      env: {
        ...Object.fromEntries(PASSED_ON.map((name) => [name, environment()[name]])),
        ...(options.chromiumPath === undefined ? {} : { CHROMIUM_PATH: options.chromiumPath }),
        MEEBOTER_API_URL: spec.apiUrl,
        [CLAIM_TOKEN]: spec.claimToken,
        TMPDIR: tmpDir,
        [WORK_DIR]: workDir,
        [DEPLOYMENT_MARK]: spec.deploymentId,
      },
    });
    child.once('exit', () => options.onExit?.(spec.deploymentId));
    await new Promise<void>((done, failed) => {
      child.once('spawn', done);
      child.once('error', failed);
    });
    // The deployer may end before the runtime does.
    child.unref();
    if (child.pid === undefined) throw new Error('no process id');
    return child.pid;
  } catch (cause) {
    throw new PlatformFault('transient', 'the bot program could not be started', { cause });
  } finally {
    closeSync(output);
  }
}

/** Polls until the condition holds (true), the time is up or the signal aborts (false). */
async function until(
  condition: () => Promise<boolean>,
  deadlineMs: number,
  signal?: AbortSignal,
): Promise<boolean> {
  const end = performance.now() + deadlineMs;
  for (;;) {
    if (await condition()) return true;
    if (signal?.aborted || performance.now() >= end) return false;
    await delay(POLL_MS);
  }
}
