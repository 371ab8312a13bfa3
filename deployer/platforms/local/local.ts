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
import { type Platform, PlatformFault, type Presence, type RuntimeSpec, STOP_GRACE_MS } from '../platform.ts';
import { CLAIM_TOKEN, DEPLOYMENT_MARK, findRuntimeProcesses, signalProcess, WORK_DIR } from './processes.ts';

/** The bot program. It is started by its path; the deployer imports none of its code. */
const BOT_MAIN = fileURLToPath(new URL('../../../bot/main.ts', import.meta.url));

const KILL_MS = 5_000;
const POLL_MS = 100;

/** The variables of our environment that a runtime gets. None is secret. */
const PASSED_ON = ['PATH', 'HOME', 'LANG', 'TZ'];

export interface LocalPlatformOptions {
  /** Scratch folders and logs of runtimes live here, one folder per deployment. */
  runtimeDir: string;
  /** The browser; the bot looks for one unless given. */
  chromiumPath?: string | undefined;
  /** Told at once when the process of a runtime that was started here has ended. */
  onExit?: (deploymentId: string) => void;
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

  return {
    isFirstHand: true,

    async start(spec) {
      const [main] = await mains(spec.deploymentId);
      return `pid:${main?.pid ?? (await launch(spec, mainScript, { ...options, runtimeDir }))}`;
    },

    async stop(deploymentId, { patienceMs, graceMs = STOP_GRACE_MS, signal }) {
      const ended = async () => (await mains(deploymentId)).length === 0;
      const gone = async () => (await find(deploymentId)).length === 0;

      if (!(await until(ended, patienceMs, signal)) && !signal.aborted) {
        for (const process of await mains(deploymentId)) signalProcess(process.pid, 'SIGTERM');
        await until(ended, graceMs, signal);
      }
      // The caller stops waiting. The runtime keeps its grace time, and the stop is requested again later.
      if (signal.aborted) return (await gone()) ? 'gone' : 'running';
      // The runtime has ended, or its grace time is over. Kill it and its helpers (browser, display, sound).
      for (const process of await find(deploymentId)) signalProcess(process.pid, 'SIGKILL');
      if (!(await until(gone, KILL_MS, signal))) return 'running';
      for (const folder of [join(runtimeDir, deploymentId, 'work'), temporaryFolder(deploymentId)]) {
        await rm(folder, { recursive: true, force: true });
      }
      return 'gone';
    },

    async observe(deploymentId): Promise<Presence> {
      return (await mains(deploymentId)).length > 0 ? 'running' : 'gone';
    },

    async list() {
      return [...new Set((await ours()).map((process) => process.deploymentId))];
    },
  };
}

/**
 * The temporary folder of a runtime, for what browser and sound server leave behind when they are killed. It is
 * not inside the scratch folder: the path of a socket has at most 107 bytes (unix(7)), and RUNTIME_DIR may be long.
 */
export const temporaryFolder = (deploymentId: string) => join(tmpdir(), `meeboter-${deploymentId}`);

/** Spawns the bot program in its own session, its output going to runtime.log. Returns its pid. */
async function launch(spec: RuntimeSpec, mainScript: string, options: LocalPlatformOptions): Promise<number> {
  const dir = join(options.runtimeDir, spec.deploymentId);
  const workDir = join(dir, 'work');
  const tmpDir = temporaryFolder(spec.deploymentId);
  try {
    await mkdir(workDir, { recursive: true, mode: 0o700 });
    await mkdir(tmpDir, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new PlatformFault('config', `the scratch folders ${dir} and ${tmpDir} cannot be made`, { cause });
  }
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
  signal: AbortSignal,
): Promise<boolean> {
  const end = performance.now() + deadlineMs;
  for (;;) {
    if (await condition()) return true;
    if (signal.aborted || performance.now() >= end) return false;
    await delay(POLL_MS);
  }
}
