// Finds the processes of runtimes on this machine. Every process that a runtime starts inherits its
// environment, even when session or parent change (Chromium detaches itself, orphans get init as
// their parent). So a variable in the environment, the mark, finds all of them. Linux only: see
// proc(5), /proc/[pid]/environ.
import { readdir, readFile } from 'node:fs/promises';

/** The mark: a variable of the runtime's environment that holds the deployment's id. */
export const DEPLOYMENT_MARK = 'MEEBOTER_DEPLOYMENT_ID';

/** The variable that names a runtime's scratch folder. */
export const WORK_DIR = 'MEEBOTER_WORK_DIR';

/**
 * The variable that only the bot program has: its child processes do not get the token (bot/env.ts). The path of the
 * program would not do: a bot may run longer than the folder exists from which it was started, after an update.
 */
export const CLAIM_TOKEN = 'MEEBOTER_CLAIM_TOKEN';

export interface RuntimeProcess {
  pid: number;
  deploymentId: string;
  /** Its scratch folder: says which installation on this machine it belongs to. */
  workDir: string;
  /** The bot program itself, not one of its helpers. */
  isMain: boolean;
}

interface SeenProcess {
  pid: number;
  parentPid: number;
  /** Null: it does not carry the mark. */
  deploymentId: string | null;
  hasToken: boolean;
  workDir: string;
}

/**
 * Every process on this machine that carries the mark and that this user may look at, and their
 * descendants: Chromium's renderers write their title over their environment.
 */
export async function findRuntimeProcesses(): Promise<RuntimeProcess[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const seen = (await Promise.all(pids.map(readProcess))).filter((process) => process !== null);
  const byPid = new Map(seen.map((process) => [process.pid, process]));
  const marked = (process: SeenProcess | undefined): SeenProcess | undefined =>
    process === undefined || process.deploymentId !== null ? process : marked(byPid.get(process.parentPid));
  return seen.flatMap((process) => {
    const owner = marked(process);
    if (owner?.deploymentId == null) return [];
    const isMain = process.deploymentId !== null && process.hasToken;
    return [{ pid: process.pid, deploymentId: owner.deploymentId, workDir: owner.workDir, isMain }];
  });
}

async function readProcess(pid: string): Promise<SeenProcess | null> {
  try {
    const [stat, environ] = await Promise.all([
      readFile(`/proc/${pid}/stat`, 'utf8'),
      // A process of another user may be a parent of ours, but is not one of ours.
      readFile(`/proc/${pid}/environ`, 'utf8').catch(unless(['EACCES', 'EPERM'], '')),
    ]);
    const entries = environ.split('\0');
    const variable = (name: string) =>
      entries.find((entry) => entry.startsWith(`${name}=`))?.slice(name.length + 1);
    // proc(5): the name in brackets may hold spaces; state and parent follow it.
    const [state, parentPid] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (state === 'Z') return null;
    return {
      pid: Number(pid),
      parentPid: Number(parentPid),
      deploymentId: variable(DEPLOYMENT_MARK) ?? null,
      hasToken: variable(CLAIM_TOKEN) !== undefined,
      workDir: variable(WORK_DIR) ?? '',
    };
  } catch (error) {
    // The process has ended, or is hidden from us. Other errors, such as no free file handle, are thrown.
    return unless(['ENOENT', 'ESRCH', 'EACCES', 'EPERM'], null)(error);
  }
}

/** An error handler that returns `value` for errors with one of these codes and throws all others again. */
const unless =
  <T>(codes: readonly string[], value: T) =>
  (error: unknown): T => {
    if (codes.includes((error as NodeJS.ErrnoException).code ?? '')) return value;
    throw error;
  };

/** Sends a signal. Does nothing when the process has ended already. */
export function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
