// CPU time and memory of the runtimes' processes.
import { findRuntimeProcesses } from '../deployer/platforms/local/processes.ts';
import { addUsage, type Usage, usageOfProcess } from './usage.ts';

/** The usage of all runtimes whose work folder begins with this prefix; `helpersOnly`: without the programs themselves. */
export async function usageOf(workDirPrefix: string, helpersOnly = false): Promise<Usage> {
  const found = (await findRuntimeProcesses()).filter(
    ({ workDir, isMain }) => workDir.startsWith(workDirPrefix) && !(helpersOnly && isMain),
  );
  return addUsage(await Promise.all(found.map(({ pid }) => usageOfProcess(pid))));
}
