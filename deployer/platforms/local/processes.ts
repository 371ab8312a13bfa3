// Finding the processes of a runtime on this machine. Every process that a
// runtime starts inherits its environment, whatever session or parent it ends
// up with (Chromium detaches itself, orphans go to init), so the mark in the
// environment finds them all. Linux only: see proc(5), /proc/[pid]/environ.
import { readdir, readFile } from 'node:fs/promises';

/** The mark: a variable of the runtime's environment that holds the deployment's id. */
export const DEPLOYMENT_MARK = 'MEEBOTER_DEPLOYMENT_ID';

/** The variable that names a runtime's scratch folder. */
export const WORK_DIR = 'MEEBOTER_WORK_DIR';

export interface RuntimeProcess {
  pid: number;
  deploymentId: string;
  /** Its scratch folder: says which installation on this machine it belongs to. */
  workDir: string;
  /** The bot program itself, not one of its helpers. */
  isMain: boolean;
}

/** Every process on this machine that carries the mark and that this user may look at. */
export async function findRuntimeProcesses(mainScript: string): Promise<RuntimeProcess[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(pids.map((pid) => readProcess(pid, mainScript)));
  return found.filter((process) => process !== null);
}

async function readProcess(pid: string, mainScript: string): Promise<RuntimeProcess | null> {
  try {
    const environ = (await readFile(`/proc/${pid}/environ`, 'utf8')).split('\0');
    const variable = (name: string) =>
      environ.find((entry) => entry.startsWith(`${name}=`))?.slice(name.length + 1);
    const deploymentId = variable(DEPLOYMENT_MARK);
    if (deploymentId === undefined) return null;
    const argv = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0');
    return {
      pid: Number(pid),
      deploymentId,
      workDir: variable(WORK_DIR) ?? '',
      isMain: argv.includes(mainScript),
    };
  } catch {
    // Ended in the meantime, or somebody else's.
    return null;
  }
}

/** Sends a signal; a process that is gone already is no error. */
export function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
